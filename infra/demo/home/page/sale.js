// The sale: how the seats stand, the next sale, and the payment provider's moods.

import { $, call, number, put } from './page.js';
import { spark } from './spark.js';

// point is what the chart remembers of it.
export const point = (s) => (s ? { left: s.left, locked: s.locked, sold: s.sold, orders: s.orders, mails: s.mails } : {});

const money = ({ net, currency, digits }) => new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase(), maximumFractionDigits: 0 }).format(net / 10 ** digits);
const seats = (n) => (n === 1 ? '1 seat' : number(n) + ' seats');

// sale shows a moment's; without one, nothing is sold here.
export function sale({ sale: s, usual, crowd }, past, fresh) {
  if (!s && !fresh && bought) return; // the next sale is about to begin
  for (const id of ['sale', 'box', 'provider', 'buying']) $(id).hidden = !s;
  if (!s) return;
  if (!bought) begin(usual.buy);
  put('sale-lead', `${s.venue}, ${seats(s.size)}` + (s.number > 1 ? ` · night ${s.number}` : ''));
  put('seats-left', number(s.left));
  put('seats-left-note', s.left ? `of ${number(s.size)}` : 'sold out');
  put('locked', number(s.locked));
  put('locked-note', `${number(s.paying)} of them being paid`);
  put('sold', number(s.sold));
  put('sold-note', `${number(s.books.seats)} in the ledger`);
  put('orders', number(s.orders));
  put('orders-note', s.books.currency ? money(s.books) : '');
  put('mails', number(s.mails));
  const of = (name) => past.filter((p) => p.left || p.sold).map((p) => p[name] || 0);
  for (const name of ['left', 'locked', 'sold', 'orders', 'mails']) spark($('spark-' + name), of(name));
  bar(s);
  venues(s);
  for (const b of document.querySelectorAll('[data-mood]')) b.ariaPressed = String(b.dataset.mood === s.mood);
}

// bar is the whole house as a line: sold, being paid, being chosen, free.
function bar(s) {
  const parts = { sold: s.sold, paying: s.paying, deciding: s.locked - s.paying };
  for (const [name, n] of Object.entries(parts)) document.querySelector('.bar .' + name).style.flexBasis = (100 * n) / s.size + '%';
}

// label is a seat map's file as a name: Hall 5,000.
function label(file) {
  const name = file.replace(/^.*[/\\]/, '').replace('.json', '').replace('-', ' ').replace(/\d+$/, (n) => number(Number(n)));
  return name[0].toUpperCase() + name.slice(1);
}

function venues(s) {
  if ($('venues').children.length) return;
  for (const name of s.venues) {
    const b = document.createElement('button');
    b.type = 'button';
    b.dataset.venue = name;
    b.textContent = label(name);
    b.ariaPressed = String(name === s.venues[0]);
    b.onclick = () => {
      for (const other of $('venues').children) other.ariaPressed = String(other === b);
    };
    $('venues').append(b);
  }
}

// ---- what the crowd buys

let bought = null; // what the usual crowd is to do about seats

const share = (id) => $(id).value / $(id).max;

// begin shows what the usual crowd does.
function begin(buy) {
  bought = buy;
  for (const [id, part] of Object.entries({ buyers: buy.share, dropping: buy.dropOut, declined: buy.decline })) $(id).value = part * $(id).max;
  describe();
}

// buying is what a crowd is to do about seats, by the sliders.
export const buying = () => (bought ? { ...bought, share: share('buyers'), dropOut: share('dropping'), decline: share('declined') } : undefined);

function describe() {
  const percent = (id) => Math.round(100 * share(id)) + ' %';
  for (const id of ['buyers', 'dropping', 'declined']) $(id).ariaValueText = percent(id);
  put('buying-plan', `${percent('buyers')} of whoever is let in buy, up to ${bought.seats} seats each; ${percent('dropping')} of them give up on the way, ${percent('declined')} of the cards are declined.`);
}

for (const id of ['buyers', 'dropping', 'declined']) {
  $(id).addEventListener('input', describe);
  $(id).addEventListener('change', async () => put('tally-note', await call('POST', 'usual', { buy: buying() })));
}

// ---- the next sale

$('box').onsubmit = async (e) => {
  e.preventDefault();
  $('next').disabled = true;
  put('next-note', 'Putting the seats on sale…');
  const { venue } = document.querySelector('[data-venue][aria-pressed=true]').dataset;
  put('next-note', (await call('POST', 'sale', { venue })) || 'On sale. The last zone is closed, and the crowd comes over.');
  $('next').disabled = false;
};

const told = {
  well: 'Payments go as they should.',
  slow: 'Every call takes four seconds now.',
  down: 'Every call fails now. A breaker opens after some, and nobody waits for what does not come.',
  lost: 'Every other answer is lost now, after the work was done.',
};
for (const b of document.querySelectorAll('[data-mood]')) {
  b.onclick = async () => put('provider-note', (await call('POST', 'provider', { mood: b.dataset.mood })) || told[b.dataset.mood]);
}
