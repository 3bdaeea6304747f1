// The ticket page: an order's tickets, to show at the door or to print. The order and its secret are in the fragment,
// #<order>.<secret>, which the browser sends to nobody.

import { keepPage } from '../shared/keep.js';
import { label as whole, rest, title as last } from '../shared/label.js';
import { memory } from '../shared/memory.js';
import { moment } from '../shared/moment.js';
import { money } from '../shared/money.js';
import { orders } from '../shared/sale.js';
import { say as fill } from '../shared/say.js';
import { vault } from '../shared/vault.js';
import { draw } from './qr.js';

const t = FOYER_TEXTS.ticket;

const $ = (id) => document.getElementById(id);
const [id, secret] = location.hash.slice(1).split('.');
const calls = orders(id, secret || '');
const orderPage = '/foyer/site/order/index.html#' + id + '.' + secret;
const own = vault(memory(() => localStorage), 'foyer-tickets-' + id, secret);
let tries = 0;
let shown = '';

function say({ head, lead }, link = false) {
  $('head').textContent = head;
  $('lead').textContent = lead;
  $('order').hidden = !link;
}

// none takes away what was shown.
function none() {
  shown = '';
  $('tickets').replaceChildren();
  $('kept').hidden = $('print').hidden = true;
}

async function lost() {
  none();
  say(t.gone);
  (await import('/foyer/site/event.js')).onward($('links'));
}

// later asks again: soon at first, then ever more rarely, and not all buyers at once.
function later() {
  setTimeout(look, Math.min(2000 * 1.5 ** tries++, 60000) * (0.75 + Math.random() / 2));
}

async function look() {
  if (!id || !secret) return lost();
  const { status, body } = await calls.read();
  if (status === 200 && body.tickets?.length) await own.set({ order: body, at: Date.now() });
  else if ((status === 200 || status === 404) && (await own.get())) own.forget();
  if (status === 404 || status === 400) return lost();
  if (status !== 200) {
    const kept = await own.get();
    if (kept) show(kept.order, kept.at, status ? t.keptBusy : t.kept);
    else say(t.error);
    return later();
  }
  if (body.tickets?.length) {
    await show(body);
    return keepPage('ticket');
  }
  none();
  if (body.state === 'pending') say(t.unpaid, true);
  else if (body.state === 'refunded' || (body.refunded && body.refunded >= body.amount)) return say(t.refunded, true);
  else if (body.state === 'authorised' || body.state === 'paid') say(t.soon, true);
  else return say(t.ended, true);
  later();
}

// show draws the tickets; where they can't be asked for, `at` is when they were kept, and words say why.
async function show(order, at, words) {
  $('kept').textContent = at ? fill(words, { at: moment(at, { day: 'numeric', month: 'long' }) }) : '';
  $('kept').hidden = !at;
  const key = JSON.stringify(order);
  if (shown === key) return;
  shown = key;
  const n = order.tickets.length;
  say({ head: fill(t.ready.head, { n }), lead: t.ready.lead }, true);
  document.title = fill(t.title, { n });
  $('print').hidden = false;
  const bought = (one) => order.seats.find((s) => s.seat === one.seat);
  $('tickets').replaceChildren(...order.tickets.map((one, i) => card(order, one, bought(one), n > 1 ? fill(t.of, { i: i + 1, n }) : '')));
  const all = (kind) => [...document.querySelectorAll(kind)];
  const { show } = await import('/foyer/site/event.js');
  const e = await show(order.zone, { name: all('.event'), time: all('.when'), place: all('.place'), links: $('links') });
  if (e && !e.version) for (const node of all('.event')) node.textContent = e.name;
}

// card is one ticket. Its seat stands first: it is what one looks for last.
function card(order, one, { label, price, typeName: type }, which) {
  const item = make('li', 'ticket');
  const says = make('div', 'says');
  const title = make('div');
  title.append(fixed(make('h2', '', last(label))), fixed(make('p', 'rest', rest(label))));
  const cost = money(price, order.currency, order.digits);
  const facts = make('dl');
  for (const [name, value] of [[t.holder, order.name], [t.price, type ? type + ' · ' + cost : cost], [FOYER_TEXTS.receipt.number, order.number], ...(which ? [[t.ticket, which]] : [])]) {
    const pair = make('div');
    pair.append(make('dt', '', name), fixed(make('dd', '', value)));
    facts.append(pair);
  }
  const what = make('div', 'what');
  what.append(fixed(make('b', 'event')), make('p', 'when'), fixed(make('p', 'place')));
  says.append(what, title, facts);
  const code = make('div', 'code');
  code.append(draw(one.qr, fill(t.qr, { seat: whole(label) })), make('p', '', t.once));
  item.append(says, code);
  return item;
}

// fixed is for names and numbers, which page translators leave alone.
function fixed(element) {
  element.translate = false;
  return element;
}

function make(name, kind = '', text = '') {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  element.textContent = text;
  return element;
}

$('print').onclick = () => print();
$('order').href = orderPage;
addEventListener('hashchange', () => location.reload());
say(t.loading);
look();
