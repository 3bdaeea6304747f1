// Wires the order's page to the browser. The order and its secret are in the fragment: #<order>.<secret>.

import { h } from '../seats/dom.js';
import { after } from '../shared/env.js';
import { moment } from '../shared/moment.js';
import { keepPage } from '../shared/keep.js';
import { memory } from '../shared/memory.js';
import { label } from '../shared/label.js';
import { money } from '../shared/money.js';
import { orders } from '../shared/sale.js';
import { around, say } from '../shared/say.js';
import { write } from '../shared/text.js';
import { vault } from '../shared/vault.js';
import { Warner } from '../shared/warn.js';
import { zoneOf } from '../shared/zone.js';
import { Order } from './order.js';
import { present } from './present.js';

const t = FOYER_TEXTS.order;
const receipt = FOYER_TEXTS.receipt;
const $ = (id) => document.getElementById(id);
const time = h('b', { translate: 'no' });
const [id, secret] = location.hash.slice(1).split('.');
const back = new URLSearchParams(location.search).has('back');
const visible = () => document.visibilityState === 'visible';

const order = new Order(
  {
    now: () => Date.now(),
    random: Math.random,
    after,
    api: orders(id, secret || ''),
    visible,
    own: vault(memory(() => localStorage), 'foyer-bought-' + id, secret || ''),
  },
  // A buyer who doesn't come from a page of ours comes from the payment, or opens the link again.
  { back, fresh: !back && !document.referrer.startsWith(location.origin + '/'), gone: !id || !secret },
  render,
);

let drawn = '';
let said = '';
let title = '';
const warner = new Warner();

function render() {
  const v = present(order.m, order.now(), t);
  document.documentElement.dataset.tone = v.tone;
  document.documentElement.dataset.scene = v.scene;
  if (title !== v.title) document.title = title = v.title;
  write($('head'), v.head);
  write($('lead'), v.lead);
  write($('note'), v.note);
  write(time, v.left);
  $('left').hidden = !v.left;
  $('left').classList.toggle('soon', v.soon);
  button('pay', v.buttons.pay, t.toPay);
  button('tickets', v.buttons.tickets && '/foyer/site/ticket/index.html#' + id + '.' + secret, v.buttons.tickets && say(t.tickets, { n: v.buttons.tickets }));
  button('seats', v.buttons.seats && home(v.buttons.seats), v.onward);
  write($('secret'), v.scene === 'gone' ? '' : t.keepLink);
  $('cancel').hidden = !v.buttons.cancel;
  $('mail').hidden = !v.buttons.mail;
  if (said !== v.head) $('say').textContent = say(t.say, v);
  said = v.head;
  const mark = v.left && warner.due(order.m.order.deadline - order.now());
  if (mark) $('say').textContent = t.warn[mark];
  stub();
  if (v.scene === 'gone' && !told) lost();
  if (['expired', 'over', 'refunded', 'ready', 'done'].includes(v.scene)) forget();
}

function button(name, href, words) {
  $(name).hidden = !href;
  if (href && $(name).getAttribute('href') !== href) $(name).href = href;
  if (href) write($(name), words);
}

const home = (zone) => (zone === zoneOf('/') ? '/' : '/z/' + zone + '/');

// stub is the part of the page that looks like a ticket: what was bought, for whom, for how much.
function stub() {
  const o = order.m.order;
  const key = o ? o.order + o.seats.length + ' ' + (o.refunded || 0) : '';
  if (key === drawn) return;
  drawn = key;
  $('stub').hidden = !o;
  if (!o) return;
  $('lines').replaceChildren(...o.seats.map((s) => h('li', s.refunded ? { class: 'back' } : {}, h('span', { translate: 'no' }, label(s.label), s.typeName ? ' · ' + s.typeName : '', s.refunded && h('i', {}, t.wentBack)), h('b', {}, money(s.price, o.currency, o.digits)))));
  write($('total'), money(o.amount - (o.refunded || 0), o.currency, o.digits));
  write($('total0'), o.refunded ? t.totalAfter : t.total);
  $('returned').parentNode.hidden = !o.refunded;
  write($('returned'), o.refunded ? money(-o.refunded, o.currency, o.digits) : '');
  $('taxes').replaceChildren(...(o.taxes || []).map((x) => h('li', {}, say(receipt.vat, { percent: x.percent, sum: money(x.amount, o.currency, o.digits) }))), o.seller ? h('li', {}, say(o.vatId ? receipt.soldByRegistered : receipt.soldBy, o)) : '');
  write($('for'), say(t.for, { name: o.name }));
  write($('number'), o.number);
  write($('paid'), o.paidAt ? say(t.paid, { at: moment(o.paidAt, { day: 'numeric', month: 'long', year: 'numeric' }) }) : '');
  if (!told) about(o.zone);
}

// about shows what the order is for.
let told = false;
async function about(zone) {
  told = true;
  const { show } = await import('/foyer/site/event.js');
  await show(zone, { name: $('what'), time: $('when'), place: $('place'), moved: $('moved'), links: $('links') });
  keepPage('order');
}

// lost leads on from a link that opens nothing.
async function lost() {
  told = true;
  (await import('/foyer/site/event.js')).onward($('links'));
}

// forget lets the seat map stop offering an order that has come to its end.
function forget() {
  const o = order.m.order;
  const store = memory(() => localStorage);
  const kept = o && store.get('foyer-order-' + o.zone);
  if (kept && kept.order === o.order) store.set('foyer-order-' + o.zone, null);
}

$('left').append(...around(t.left, time));
$('cancel').onclick = () => {
  $('sure').showModal();
  $('keep').focus();
};
$('keep').onclick = () => $('sure').close();
$('go').onclick = () => {
  $('sure').close();
  order.cancel();
};
$('mail').onclick = () => {
  $('email').value = order.m.order.email;
  write($('became'), '');
  $('again').showModal();
};
$('close').onclick = () => $('again').close();
$('resend').onsubmit = async (e) => {
  e.preventDefault();
  $('send').disabled = true;
  const became = await order.mail($('email').value);
  $('send').disabled = false;
  write($('became'), became === 'sent' ? say(t.mail.sent, { email: order.m.order.email }) : t.mail[became]);
};
document.addEventListener('visibilitychange', () => visible() && order.wake());
addEventListener('online', () => order.wake());
addEventListener('hashchange', () => location.reload());
setInterval(render, 1000);
render();
if (!order.m.gone) order.start();
