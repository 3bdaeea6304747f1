// The sale: how the seats stand, the next sale, and the payment provider's moods.

import { $, call, number, put } from './page.js';
import { spark } from './spark.js';

// point is what the chart remembers of it.
export const point = (s) => (s ? { left: s.left, locked: s.locked, sold: s.sold, orders: s.orders, mails: s.mails } : {});

const money = ({ net, currency }) => new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase(), maximumFractionDigits: 0 }).format(net / 100);
const seats = (n) => (n === 1 ? '1 seat' : number(n) + ' seats');

// sale shows a moment's; without one, nothing is sold here.
export function sale({ sale: s }, past) {
  for (const id of ['sale', 'box', 'provider', 'seatslink']) $(id).hidden = !s;
  if (!s) return;
  put('sale-lead', `${s.venue}, ${seats(s.size)}` + (s.number > 1 ? ` · sale no. ${s.number}` : ''));
  put('seats-left', number(s.left));
  put('seats-left-note', s.left ? `of ${number(s.size)}` : 'sold out');
  put('locked', number(s.locked));
  put('locked-note', s.paying ? `of them, ${number(s.paying)} being paid` : 'held while somebody decides');
  put('sold', number(s.sold));
  put('sold-note', s.books.seats ? `${number(s.books.seats)} in the ledger` : 'none in the ledger yet');
  put('orders', number(s.orders));
  put('orders-note', s.books.currency ? money(s.books) + ' in the ledger' : '');
  put('mails', number(s.mails));
  const of = (name) => past.map((p) => p[name] || 0);
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

function venues(s) {
  if ($('venues').children.length) return;
  for (const name of s.venues) {
    const b = document.createElement('button');
    b.type = 'button';
    b.dataset.venue = name;
    b.textContent = name.replace(/^.*[/\\]/, '').replace('.json', '').replace('-', ' ').replace(/\d+$/, (n) => number(Number(n)));
    b.ariaPressed = String(name === s.venues[0]);
    b.onclick = () => {
      for (const other of $('venues').children) other.ariaPressed = String(other === b);
    };
    $('venues').append(b);
  }
}

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
