// The seat map's parts: versions, cameras, shapes, prices, and the conduct of holds and feeds in virtual time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, fit, keep, pan, pointAt, view, zoom } from '../seats/camera.js';
import { categoryColour, contrast, parse } from '../seats/colours.js';
import { chairs, dots } from '../seats/shapes.js';
import { Seats } from '../seats/state.js';
import { group } from '../seats/list.js';
import { Venue, inside } from '../seats/venue.js';
import { readFileSync } from 'node:fs';
import { money } from '../shared/money.js';

const T = 1.75e12;
const lock = (v, u = T + 60000) => ({ v, s: 'l', u });
const say = (at, seats) => ({ section: 'A', at, seats });

test('of two words about a seat the higher version holds, in whatever order they come', () => {
  const words = [say(T, { 'A-1-1': lock(1) }), say(T + 1, { 'A-1-1': { v: 2, s: 'a' } }), say(T + 2, { 'A-1-1': { v: 3, s: 't' } })];
  const orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1], [0, 2, 2, 1, 0, 0]];
  for (const order of orders) {
    const s = new Seats();
    for (const i of order) s.message(words[i]);
    assert.equal(s.status('A-1-1', T), 'taken', order.join());
  }
});

test('a word that was heard changes nothing', () => {
  const s = new Seats();
  assert.deepEqual(s.message(say(T, { 'A-1-1': lock(4) })), ['A-1-1']);
  assert.deepEqual(s.message(say(T, { 'A-1-1': lock(4) })), []);
  assert.deepEqual(s.message(say(T, { 'A-1-1': lock(3, T + 9) })), []);
});

test('a lock ends by itself, at its instant', () => {
  const s = new Seats();
  s.message(say(T, { 'A-1-1': lock(1, T + 5000), 'A-1-2': lock(1, T + 7000) }));
  assert.equal(s.status('A-1-1', T + 4999), 'locked');
  assert.equal(s.status('A-1-1', T + 5000), 'available');
  assert.equal(s.next(T), T + 5000);
  assert.equal(s.next(T + 5000), T + 7000);
  assert.equal(s.next(T + 7000), Infinity);
  assert.deepEqual(s.ended(T, T + 6000), ['A-1-1']);
  assert.deepEqual(s.ended(T + 6000, T + 6999), []);
});

test('a snapshot catches up with what was missed, and never goes back', () => {
  const s = new Seats();
  s.message(say(T, { 'A-1-1': lock(3), 'A-1-2': { v: 7, s: 't' }, 'A-1-3': lock(2) }));
  s.snapshot({ section: 'A', at: T + 10000, seats: { 'A-1-1': { v: 4, s: 'a' }, 'A-1-2': lock(6), 'A-1-4': { v: 1, s: 't' } } });
  assert.deepEqual(['A-1-1', 'A-1-2', 'A-1-3', 'A-1-4'].map((id) => s.status(id, T)), ['available', 'taken', 'available', 'taken']);
});

test('a snapshot that the CDN kept does not undo what came since', () => {
  const s = new Seats();
  s.message(say(T + 900, { 'A-1-1': lock(1) }));
  s.snapshot({ section: 'A', at: T, seats: {} });
  assert.equal(s.status('A-1-1', T + 1000), 'locked');
});

test('one’s own seats are mine until the hold ends, and free when given up', () => {
  const s = new Seats();
  s.message(say(T, { 'A-1-1': lock(1), 'A-1-2': lock(1) }));
  s.own({ seats: ['A-1-1', 'A-1-2'], until: T + 60000 });
  assert.equal(s.status('A-1-1', T), 'mine');
  assert.equal(s.gone('A', T), 2);
  assert.deepEqual(s.own({ seats: ['A-1-2'], until: T + 60000 }), ['A-1-1']);
  assert.equal(s.status('A-1-1', T), 'available');
  s.message(say(T, { 'A-1-1': lock(1) }));
  assert.equal(s.status('A-1-1', T), 'available', 'a late word about the old lock');
  s.message(say(T, { 'A-1-1': lock(3) }));
  assert.equal(s.status('A-1-1', T), 'locked', 'somebody else has it now');
  assert.equal(s.status('A-1-2', T + 60000), 'available');
  s.message(say(T, { 'A-1-2': { v: 2, s: 't' } }));
  assert.equal(s.status('A-1-2', T), 'taken');
});

test('a thousand shuffled and repeated words end where the truth is', () => {
  let seed = 7;
  const dice = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const truth = {};
  const words = [];
  for (let i = 0; i < 1000; i++) {
    const id = 'A-1-' + dice(20);
    const v = (truth[id]?.v || 0) + 1;
    truth[id] = [{ v, s: 'a' }, { v, s: 't' }, lock(v)][dice(3)];
    words.push(say(T + i, { [id]: truth[id] }));
  }
  const s = new Seats();
  for (let i = 0; i < 4000; i++) s.message(words[dice(words.length)]);
  for (const w of words.sort(() => dice(3) - 1)) s.message(w);
  for (const id in truth) assert.equal(s.status(id, T), { a: 'available', l: 'locked', t: 'taken' }[truth[id].s], id);
});

const size = { width: 400, height: 300 };

test('a point under the finger stays there while zooming', () => {
  const c = fit({ x0: -10, x1: 10, y0: 0, y1: 8 }, size);
  const before = pointAt(c, 120, 80);
  const after = pointAt(zoom(c, 3, 120, 80, { least: 1, most: 1000 }), 120, 80);
  assert.ok(Math.hypot(before.x - after.x, before.y - after.y) < 1e-9);
  assert.equal(zoom(c, 100, 0, 0, { least: 1, most: 50 }).k, 50);
});

test('the whole fits, in the middle, and dragging never loses the map', () => {
  const box = { x0: -10, x1: 10, y0: 0, y1: 8 };
  const c = fit(box, size);
  const v = view(c, size);
  assert.ok(v.x0 < -10 && v.x1 > 10 && v.y0 < 0 && v.y1 > 8);
  assert.ok(Math.abs((v.x0 + v.x1) / 2) < 1e-9 && Math.abs((v.y0 + v.y1) / 2 - 4) < 1e-9);
  const lost = keep(pan(c, 1e6, -1e6), box, size);
  const m = pointAt(lost, size.width / 2, size.height / 2);
  assert.ok(Math.abs(m.x + 10) < 1e-6 && Math.abs(m.y - 8) < 1e-6);
});

test('the transform that stands in for a camera puts every point where the camera would', () => {
  const drawn = { x: -3, y: 2, k: 10 };
  const now = { x: 1, y: 4, k: 25 };
  const { f, dx, dy } = between(drawn, now);
  for (const [x, y] of [[0, 0], [5, 7], [-2, 3]]) {
    const onScreen = [(x - drawn.x) * drawn.k * f + dx, (y - drawn.y) * drawn.k * f + dy];
    assert.ok(Math.hypot(onScreen[0] - (x - now.x) * now.k, onScreen[1] - (y - now.y) * now.k) < 1e-9);
  }
});

const theatre = () => {
  const venue = new Venue({
    name: 'T', currency: 'EUR', digits: 2, stage: { x: 0, y: 0 }, categories: [{ id: 'A', name: 'Best', price: 6550 }, { id: 'S', name: 'Floor', price: 3000 }],
    sections: [
      { id: 'A', name: 'Stalls', kind: 'seated', seats: 3, categories: ['A'], outline: [{ x: 0, y: 1 }, { x: 4, y: 1 }, { x: 4, y: 3 }, { x: 0, y: 3 }] },
      { id: 'F', name: 'Floor', kind: 'standing', seats: 100, categories: ['S'], outline: [{ x: 0, y: 4 }, { x: 4, y: 4 }, { x: 4, y: 6 }] },
    ],
  });
  venue.load({ id: 'A', category: 'A', rows: [{ id: '1', label: 'One', seats: [{ id: 'A-1-1', x: 1, y: 2 }, { id: 'A-1-2', x: 2, y: 2, accessible: true }, { id: 'A-1-3', x: 3, y: 2, label: '3a' }] }] });
  return venue;
};

test('a venue knows its seats, their names and prices, and which is nearest a finger', () => {
  const venue = theatre();
  const seat = venue.seat('A-1-3');
  assert.deepEqual([seat.row, seat.label, seat.category, venue.price(seat), seat.section.name], ['One', '3a', 'A', 6550, 'Stalls']);
  assert.equal(venue.near(2.2, 2.1, 0.5).id, 'A-1-2');
  assert.equal(venue.near(2.5, 2.9, 0.5), null);
  assert.equal(venue.at(3.5, 4.2).id, 'F');
  assert.equal(venue.at(9, 9), null);
  assert.deepEqual([venue.seat('F-7').place, venue.price(venue.seat('F-7'))], [true, 3000]);
  assert.ok(inside(venue.sections.get('A').outline, 2, 2));
});

test('states differ in shape, near and far', () => {
  const row = theatre().sections.get('A').rows[0];
  for (const draw of [dots, chairs]) {
    const shapes = {};
    for (const status of ['available', 'locked', 'taken']) {
      const drawn = draw(row, () => status, () => 0);
      assert.equal(Object.keys(drawn).length, 1);
      shapes[status] = Object.entries(drawn)[0];
    }
    assert.equal(new Set(Object.values(shapes).map(([kind]) => kind)).size, 3, draw.name);
  }
  assert.notEqual(chairs(row, () => 'locked', () => 0).l, chairs(row, () => 'taken', () => 0).t);
});

test('categories are legible on both papers, whatever their colour', () => {
  const papers = { light: '#fffdf8', dark: '#1c1926' };
  for (const colour of ['#b3261e', '#ffff00', '#000000', '#ffffff', '#1d5fa8', '#777777', undefined]) {
    const c = categoryColour(colour, 3, papers);
    for (const name of ['light', 'dark']) assert.ok(contrast(parse(c[name]), parse(papers[name])) >= 4.5, `${colour} ${name}: ${c[name]}`);
  }
});

test('amounts are written as people write them', () => {
  for (const [minor, currency, digits, text] of [[6550, 'EUR', 2, '€65.50'], [6500, 'eur', 2, '€65'], [1234500, 'USD', 2, '$12,345'], [900, 'JPY', 0, '¥900'], [0, 'EUR', 2, '€0']]) {
    assert.equal(money(minor, currency, digits), text);
  }
});

// The same figures as in mails, in every currency that a sale may be in: the file is written by a test of the mails.
test('every currency has the same figures as in the mails', () => {
  const rows = readFileSync(new URL('amounts.txt', import.meta.url), 'utf8').trim().split('\n').map((l) => l.split(' '));
  assert.ok(rows.length > 400, `${rows.length} rows`);
  for (const [currency, digits, minor, figure] of rows) {
    assert.equal(money(Number(minor), currency, Number(digits)).replace(/[^0-9.,]/g, ''), figure, `${minor} ${currency}`);
  }
});

test('a group that fits is side by side, leaves no single seat if it can, and takes nobody’s place for a wheelchair', () => {
  const section = { pitch: 1 };
  // "." is free, "x" taken, "w" a wheelchair place, " " an aisle.
  const row = (text) => {
    const seats = [];
    [...text].forEach((c, x) => c !== ' ' && seats.push({ x, y: 0, c, section, accessible: c === 'w', at: x }));
    return { seats };
  };
  const found = (text, n) => group(row(text), n, (seat) => seat.c !== 'x')?.map((seat) => seat.at).join('') ?? null;
  for (const [text, n, want] of [
    ['....', 2, '01'],
    ['...', 2, '01'], // one is left alone wherever they sit
    ['... ....', 2, '45'],
    ['.x..x', 2, '23'],
    ['.. ..', 3, null],
    ['.w..', 2, '23'],
    ['xx.', 2, null],
    ['.....', 3, '012'],
    ['x....x...', 3, '678'], // where the whole gap is taken
    ['x....', 2, '12'],
    ['', 2, null],
  ]) assert.equal(found(text, n), want, `${n} in "${text}"`);
});
