// A sale in virtual time: what the map page asks, when, and what it makes of the answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Order } from '../order/order.js';
import { pause, present } from '../order/present.js';
import { Sale } from '../seats/sale.js';

const { order: orderWords, seats: seatWords } = FOYER_TEXTS;

const second = 1000;
const overview = {
  version: 1, name: 'T', currency: 'EUR', digits: 2, stage: { x: 0, y: 0 }, categories: [{ id: 'A', name: 'Best', price: 6550 }],
  sections: ['A', 'B'].map((id) => ({ id, name: id, kind: 'seated', seats: 10, categories: ['A'], outline: [{ x: 0, y: 1 }, { x: 9, y: 1 }, { x: 9, y: 3 }] })),
};

class World {
  constructor({ limit = 4, skew = 5000 } = {}) {
    Object.assign(this, { time: 1.75e12, limit, skew, timers: [], sockets: [], count: {}, sent: [], said: [], answers: {}, bought: 0, held: { seats: [], until: 0 }, seats: {}, visible: true, refuse: false });
    this.changed = [];
    this.sale = new Sale(this.env(), 'main', {
      opened: () => {}, grown: () => (this.count.grown = (this.count.grown || 0) + 1), failed: (s) => this.said.push('failed ' + s), loaded: () => {}, own: () => {}, counted: () => (this.count.counted = (this.count.counted || 0) + 1),
      changed: (ids) => this.changed.push(...ids), link: (live) => (this.live = live), say: (word, detail) => this.said.push([word, detail]), over: (why) => (this.over = why),
    });
  }

  env() {
    const call = (name, work) => (arg) => {
      this.count[name] = (this.count[name] || 0) + 1;
      return new Promise((resolve) => this.after(40, () => resolve({ retryAfter: 0, ...(this.answers[name]?.shift() || work(arg)) })));
    };
    const ok = (body) => ({ status: 200, body });
    return {
      now: () => this.time, random: () => 0.5, after: (ms, fn) => this.after(ms, fn), visible: () => this.visible, renew: async () => this.count.renew = (this.count.renew || 0) + 1,
      socket: () => this.socket(),
      api: {
        status: call('status', () => ok({ now: this.time + this.skew })),
        map: call('map', () => ok(this.overview || overview)),
        section: call('section', (id) => ok({ id, category: 'A', rows: [{ id: '1', seats: [1, 2, 3, 4, 5].map((n) => ({ id: `${id}-1-${n}`, x: n, y: 2 })) }] })),
        counts: call('counts', () => ok(this.counted || { at: 0, free: {} })),
        snapshot: call('snapshot', (section) => ok({ section, at: this.time + this.skew, seats: Object.fromEntries(Object.entries(this.seats).filter(([id]) => id.startsWith(section))) })),
        held: call('held', () => ok({ ...this.held, limit: this.limit, bought: this.bought })),
        choose: call('choose', (wish) => {
          this.sent.push(wish);
          if (wish.seats && wish.seats.length + this.bought > this.limit) return { status: 409, body: { code: 'limit', detail: `a buyer may have ${this.limit === 1 ? 'one seat' : this.limit + ' seats'}` } };
          const seats = wish.seats || ['A-1-1', 'A-1-2'].slice(0, wish.best.n);
          this.held = { seats, until: seats.length ? this.time + this.skew + 300 * second : 0, total: seats.length * 6550, currency: 'EUR' };
          return ok({ ...this.held, limit: this.limit, bought: this.bought });
        }),
      },
    };
  }

  after(ms, fn) {
    const timer = { at: this.time + ms, fn };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((t) => t !== timer));
  }

  async run(ms) {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const next = this.timers.reduce((a, b) => (b.at < a.at ? b : a), { at: Infinity });
      if (next.at > end) break;
      this.timers = this.timers.filter((t) => t !== next);
      this.time = Math.max(this.time, next.at);
      next.fn();
      await settle();
    }
    this.time = end;
  }

  socket() {
    const s = { frames: [], send: (text) => s.frames.push(JSON.parse(text)), close: () => this.drop(s) };
    this.after(40, () => (this.refuse ? this.drop(s) : (this.sockets.push(s), s.onopen())));
    return s;
  }

  drop(s) {
    if (s.dead) return;
    s.dead = true;
    this.sockets = this.sockets.filter((o) => o !== s);
    if (s.onclose) s.onclose();
  }

  tell(body) {
    for (const s of this.sockets) s.onmessage({ data: JSON.stringify(body) });
  }

  async opened() {
    this.sale.start();
    await this.run(second);
    return this;
  }
}

const settle = async () => {
  for (let i = 0; i < 8; i++) await null;
};

test('the map asks for what is on view, and tells the socket once it is still', async () => {
  const w = await new World().opened();
  w.sale.look(['A']);
  w.sale.look(['A', 'B']);
  await w.run(2 * second);
  assert.equal(w.count.snapshot >= 2, true);
  assert.deepEqual(w.sockets[0].frames.filter((f) => f.action === 'view').at(-1), { action: 'view', sections: ['A', 'B'] });
  assert.ok(w.sockets[0].frames.length <= 2);
});

test('a lock ends on the server’s clock, not on this machine’s', async () => {
  const w = await new World({ skew: 90 * second }).opened();
  w.sale.look(['A']);
  await w.run(second);
  w.tell({ type: 'seats', at: w.time + w.skew, sections: { A: { 'A-1-1': { v: 1, s: 'l', u: w.time + w.skew + 3000 } } } });
  assert.equal(w.sale.status('A-1-1'), 'locked');
  assert.ok(Math.abs(w.sale.next() - 3000) < 100, w.sale.next());
  await w.run(2900);
  assert.equal(w.sale.status('A-1-1'), 'locked');
  await w.run(200);
  assert.equal(w.sale.status('A-1-1'), 'available');
});

test('no lock is over here before it is at the server, whatever the answers’ way', async () => {
  for (const [there, back] of [[0, 0], [0, 40], [40, 0], [0.4, 0.9], [3000, 10], [10, 3000]]) {
    const w = new World({ skew: -777.7 });
    w.sale.env.now = () => Math.floor(w.time);
    w.sale.env.api.status = async () => {
      w.time += there;
      const said = Math.floor(w.time + w.skew);
      w.time += back;
      return { status: 200, body: { now: said } };
    };
    await w.opened();
    for (let i = 0; i < 20; i++, w.time += 0.3) {
      const late = w.time + w.skew - w.sale.now();
      assert.ok(late >= 0 && late <= back + 4, `${late} ms late after ${there} and ${back}`);
    }
  }
});

test('a message tells of several sections; late and repeated ones do no harm', async () => {
  const w = await new World().opened();
  w.sale.look(['A', 'B']);
  await w.run(second);
  const at = w.time + w.skew;
  const late = { type: 'seats', at, sections: { A: { 'A-1-1': { v: 1, s: 'l', u: at + 60 * second } } } };
  w.tell({ type: 'seats', at, sections: { A: { 'A-1-1': { v: 3, s: 't' } }, B: { 'B-1-1': { v: 1, s: 't' } } } });
  w.tell(late);
  w.tell(late);
  assert.equal(w.sale.status('A-1-1'), 'taken');
  assert.equal(w.sale.status('B-1-1'), 'taken');
});

test('where too much changed for a message, the snapshot is read, once', async () => {
  const w = await new World().opened();
  w.sale.look(['A']);
  await w.run(2 * second);
  const before = w.count.snapshot;
  w.seats['A-1-3'] = { v: 5, s: 't' };
  w.tell({ type: 'seats', at: w.time + w.skew, read: ['A', 'elsewhere'] });
  await w.run(1.5 * second);
  assert.equal(w.sale.status('A-1-3'), 'taken');
  await w.run(20 * second);
  assert.equal(w.count.snapshot - before, 1);
});

test('after a dropped connection the map catches up, and keeps up by snapshots meanwhile', async () => {
  const w = await new World().opened();
  w.sale.look(['A']);
  await w.run(3 * second);
  w.refuse = true;
  w.drop(w.sockets[0]);
  assert.equal(w.live, false);
  w.seats['A-1-3'] = { v: 5, s: 't' };
  await w.run(10 * second);
  assert.equal(w.sale.status('A-1-3'), 'taken');
  w.refuse = false;
  w.seats['A-1-4'] = { v: 2, s: 't' };
  await w.run(90 * second);
  assert.equal(w.live, true);
  assert.equal(w.sale.status('A-1-4'), 'taken');
  assert.deepEqual(w.sockets[0].frames.find((f) => f.action === 'view'), { action: 'view', sections: ['A'] });
});

test('told to read the snapshot, it does so every second or two, and stops in time', async () => {
  const w = await new World().opened();
  w.sale.look(['A']);
  await w.run(2 * second);
  const before = w.count.snapshot;
  w.tell({ type: 'snapshot', section: 'A', until: w.time + w.skew + 30 * second });
  await w.run(30 * second);
  const during = w.count.snapshot - before;
  assert.ok(during >= 15 && during <= 31, during);
  await w.run(30 * second);
  assert.ok(w.count.snapshot - before - during <= 2, w.count.snapshot);
});

test('sections that nobody looks into show what was counted, those on view what is told', async () => {
  const w = new World();
  const free = (id) => w.sale.free(w.sale.venue.sections.get(id));
  w.counted = { at: w.time + w.skew - 3000, free: { A: 3, B: 0 } };
  await w.opened();
  await w.run(second);
  assert.deepEqual([free('A'), free('B')], [3, 0]);
  w.seats['A-1-1'] = { v: 1, s: 't' };
  w.sale.look(['A']);
  await w.run(second);
  const all = w.sale.venue.sections.get('A').seats;
  assert.equal(free('A'), all - 1);
  w.counted = { at: w.time + w.skew, free: { A: 2, B: 1 } };
  await w.run(30 * second);
  assert.deepEqual([free('A'), free('B')], [all - 1, 1]);
  w.sale.look(['B']);
  assert.equal(free('A'), 2);
  const asked = w.count.counts;
  w.visible = false;
  await w.run(10 * 60 * second);
  assert.equal(w.count.counts, asked);
  assert.equal(free('A'), all - 1, 'a count of long ago says nothing any more');
  w.visible = true;
  w.sale.wake();
  await w.run(10 * 60 * second);
  assert.ok(w.count.counts - asked <= 41, w.count.counts);
});

test('a section that is added during the sale appears by itself, and one that changed is loaded anew', async () => {
  const w = await new World().opened();
  const known = (id) => w.sale.venue.sections.get(id);
  w.sale.load('A');
  await w.run(second);
  const [a, b] = ['A', 'B'].map(known);
  w.overview = { ...overview, version: 2, sections: [{ ...overview.sections[0], hash: 'a2', seats: 12 }, ...overview.sections.slice(1), { ...overview.sections[0], id: 'C' }] };
  w.answers.map = [{ status: 200, body: { ...overview, version: 1 } }]; // an old copy
  w.counted = { map: 2, at: 0, free: {} };
  await w.run(30 * second);
  assert.equal(w.count.grown, undefined);
  await w.run(30 * second);
  assert.deepEqual([w.count.grown, Boolean(known('C')), known('B') === b, known('A') === a, known('A').seats, known('A').loaded], [1, true, true, false, 12, false]);
  w.answers.section = [{ status: 200, body: { id: 'A', hash: 'a1', category: 'A', rows: [] } }]; // an old copy
  w.sale.load('A');
  await w.run(30 * second);
  assert.equal(known('A').loaded, false, 'it is replaced once more');
  w.answers.section = [{ status: 200, body: { id: 'A', hash: 'a2', category: 'A', rows: [] } }];
  w.sale.load('A');
  const asked = w.count.map;
  await w.run(300 * second);
  assert.deepEqual([known('A').loaded, w.count.map], [true, asked], 'the map is not read again and again');
});

test('a seat is sold at another price type, and what was refused is as it was', async () => {
  const w = new World();
  w.overview = { ...overview, types: [{ id: 'standard', name: 'Adult' }, { id: 'child', name: 'Child' }, { id: 'carer', name: 'Carer', for: 'companion' }], categories: [{ ...overview.categories[0], prices: [{ type: 'child', price: 3000 }, { type: 'carer', price: 0 }] }] };
  await w.opened();
  const { hold, venue } = w.sale;
  const answers = (seats, types) => ({ status: 200, body: { seats, types, until: w.time + 600 * second, total: 1, currency: 'EUR', limit: 4 } });
  w.answers.choose = [answers(['A-1-1', 'A-1-2'])];
  w.sale.choose({ id: 'A-1-1' });
  await w.run(second);
  assert.deepEqual(venue.typesOf(venue.seat('A-1-1')).map((t) => t.id), ['standard', 'child']);
  assert.deepEqual(venue.typesOf({ ...venue.seat('A-1-1'), companion: true }).map((t) => t.id), ['standard', 'child', 'carer']);
  w.answers.choose = [answers(['A-1-1', 'A-1-2'], { 'A-1-2': 'child' }), answers(['A-1-1', 'A-1-2'], { 'A-1-1': 'child', 'A-1-2': 'child' })];
  hold.at('A-1-2', 'child');
  assert.equal(w.sale.sum(), 6550 + 3000);
  hold.at('A-1-1', 'child'); // while the first is on its way
  assert.equal(w.sale.sum(), 6000);
  await w.run(second);
  assert.deepEqual(hold.types, { 'A-1-1': 'child', 'A-1-2': 'child' });
  assert.equal(w.count.choose, 3);
  assert.equal(w.said.at(-1)[0], 'total');
  for (const [body, word] of [[{ code: 'limit', field: 'types' }, 'typeLimit'], [{ code: 'together', field: 'companion', seats: [] }, 'companion']]) {
    w.answers.choose = [{ status: 409, body }];
    hold.at('A-1-1', 'standard');
    await w.run(second);
    assert.deepEqual([hold.types['A-1-1'], w.said.at(-1)[0], Boolean(seatWords.said[word])], ['child', word, true]);
  }
});

test('who comes back often, and is noticed twice each time, asks for counts no more often', async () => {
  const w = await new World().opened();
  for (let i = 0; i < 10; i++) {
    w.sale.wake();
    w.sale.wake();
    await w.run(second);
  }
  const asked = w.count.counts;
  assert.ok(asked >= 11, 'who comes back is told at once');
  await w.run(10 * 60 * second);
  assert.ok(w.count.counts - asked <= 41, w.count.counts - asked);
});

test('an older count changes nothing, and where nothing is known nothing is said', async () => {
  const w = await new World().opened();
  await w.run(second);
  assert.equal(w.sale.free(w.sale.venue.sections.get('B')), null);
  w.counted = { at: w.time + w.skew, free: { B: 1 } };
  await w.run(30 * second);
  w.counted = { at: w.time + w.skew - 60 * second, free: { B: 2 } };
  await w.run(30 * second);
  assert.equal(w.sale.free(w.sale.venue.sections.get('B')), 1);
});

test('quiet maps cost next to nothing', async () => {
  const w = await new World().opened();
  w.sale.look(['A', 'B']);
  await w.run(10 * 60 * second);
  assert.ok(w.count.snapshot <= 30, w.count.snapshot);
});

test('quick clicks go out one at a time, the last one naming all that is wanted', async () => {
  const w = await new World().opened();
  for (const id of ['A-1-1', 'A-1-2', 'A-1-3']) w.sale.choose({ id });
  assert.equal(w.sale.shown('A-1-3'), 'pending');
  w.sale.choose({ id: 'A-1-1' });
  await w.run(second);
  assert.deepEqual(w.sent, [{ seats: ['A-1-1'] }, { seats: ['A-1-2', 'A-1-3'] }]);
  assert.equal(w.sale.shown('A-1-2'), 'mine');
  assert.equal(w.sale.shown('A-1-1'), 'available');
});

test('a choice whose answer is lost is asked again, and is the same', async () => {
  const w = await new World().opened();
  w.answers.choose = [{ status: 0, body: {} }, { status: 503, body: { code: 'busy' }, retryAfter: 2000 }];
  w.sale.choose({ id: 'A-1-1' });
  await w.run(6 * second);
  assert.equal(w.count.choose, 3);
  assert.equal(w.sale.status('A-1-1'), 'mine');
});

test('access that has lapsed is renewed once; a visit that ended is told', async () => {
  const w = await new World().opened();
  w.answers.choose = [{ status: 401, body: { code: 'unauthorized' } }];
  w.sale.choose({ id: 'A-1-1' });
  await w.run(second);
  assert.equal(w.count.renew, 1);
  assert.equal(w.sale.status('A-1-1'), 'mine');
  w.answers.choose = [{ status: 410, body: { code: 'ended' } }];
  w.sale.choose({ id: 'A-1-2' });
  await w.run(second);
  assert.equal(w.over, 'ended');
});

test('seats that somebody else was quicker to have are told and shown, and one’s own stay', async () => {
  const w = await new World().opened();
  w.sale.look(['A']);
  w.sale.choose({ id: 'A-1-1' });
  await w.run(second);
  w.answers.choose = [{ status: 409, body: { code: 'seat_taken', seats: ['A-1-2'] } }];
  w.sale.choose({ id: 'A-1-2' });
  await w.run(500);
  assert.deepEqual(w.said.at(-1), ['taken', ['A-1-2']]);
  assert.equal(w.sale.status('A-1-2'), 'locked');
  assert.equal(w.sale.status('A-1-1'), 'mine');
});

test('with one seat a buyer, a second choice takes the place of the first', async () => {
  const w = await new World({ limit: 1 }).opened();
  await w.run(second);
  for (const id of ['A-1-1', 'A-1-2']) {
    w.sale.choose({ id });
    await w.run(second);
  }
  assert.deepEqual(w.sale.hold.seats, ['A-1-2']);
  assert.deepEqual(w.sent, [{ seats: ['A-1-1'] }, { seats: ['A-1-2'] }]);
});

test('who may have no more is told so, and nobody is asked', async () => {
  const w = await new World({ limit: 3 }).opened();
  w.bought = 1;
  w.sale.hold.start();
  await w.run(second);
  for (const id of ['A-1-1', 'A-1-2', 'A-1-3']) {
    w.sale.choose({ id });
    await w.run(second);
  }
  assert.deepEqual(w.said.at(-1), ['limit', { limit: 3, bought: 1 }]);
  assert.deepEqual(w.sent.at(-1), { seats: ['A-1-1', 'A-1-2'] });
  await w.sale.hold.best({ n: 3 });
  assert.equal(w.sent.length, 2);
});

test('who asks for too many before anything is known is told the number once it is', async () => {
  const w = new World({ limit: 1 });
  w.sale.start();
  w.sale.hold.swap(['A-1-1', 'A-1-2']); // its refusal comes while the first look is still under way, or before it
  await w.run(second);
  assert.deepEqual(w.said.at(-1), ['limit', { limit: 1, bought: 0 }]);
  assert.equal(w.said.filter(([word, detail]) => word === 'limit' && detail.limit !== 1).length, 0);
});

test('the hold of before a reload is found again, and ends with its time', async () => {
  const w = new World();
  w.held = { seats: ['A-1-1'], until: w.time + w.skew + 20 * second, total: 6550, currency: 'EUR' };
  await w.opened();
  assert.equal(w.sale.status('A-1-1'), 'mine');
  assert.ok(w.sale.feed.wanted.includes('A'));
  await w.run(20 * second);
  w.sale.tick();
  assert.equal(w.sale.status('A-1-1'), 'available');
  assert.equal(w.said.at(-1)[0], 'expired');
});

test('a seat that is not to be had is not asked for', async () => {
  const w = await new World().opened();
  w.sale.look(['A']);
  w.tell({ type: 'seats', at: w.time + w.skew, sections: { A: { 'A-1-1': { v: 1, s: 't' } } } });
  await w.run(500);
  w.sale.choose({ id: 'A-1-1' });
  await w.run(500);
  assert.equal(w.count.choose, undefined);
  assert.deepEqual(w.said.at(-1), ['notThat', 'taken']);
});

test('a zone without a map is asked once; trouble is tried again', async () => {
  const none = new World();
  none.answers.map = [{ status: 404, body: {} }];
  await none.opened();
  await none.run(60 * second);
  assert.equal(none.count.map, 1);
  const late = new World();
  late.answers.map = [{ status: 0, body: {} }, { status: 503, body: {} }];
  await late.opened();
  await late.run(20 * second);
  assert.equal(late.count.map, 3);
  assert.ok(late.sale.venue && late.live);
});

test('one’s own seats have a name and a price before they can be paid, whatever is on view', async () => {
  const w = new World();
  w.held = { seats: ['A-1-1', 'B-1-2'], until: w.time + w.skew + 300 * second, total: 13100, currency: 'EUR' };
  w.answers.section = [{ status: 503, body: {} }, { status: 503, body: {} }];
  await w.opened();
  assert.deepEqual(w.sale.hold.seats, ['A-1-1', 'B-1-2']);
  assert.equal(w.sale.venue.price(w.sale.venue.seat('A-1-1')), null, 'a price that isn’t known is no price');
  assert.equal(w.sale.sum(), 13100, 'the sale says what all cost');
  assert.equal(w.sale.known(), false);
  await w.run(10 * second);
  assert.equal(w.sale.sum(), 13100);
  assert.equal(w.sale.known(), true);
  assert.equal(w.sale.venue.seat('B-1-2').row, '1');
});

test('the sum of seats that are being asked for waits for their prices', async () => {
  const w = await new World().opened();
  w.sale.choose({ id: 'B-1-1' });
  assert.equal(w.sale.sum(), null);
  await w.run(second);
  assert.equal(w.sale.sum(), 6550);
  w.sale.choose({ id: 'B-1-2' });
  assert.equal(w.sale.sum(), 13100);
});

test('a refusal of more than is allowed names no number that nobody said', async () => {
  const w = await new World().opened();
  Object.assign(w.sale.hold, { known: false, limit: 8 });
  w.answers.held = [{ status: 503, body: {} }];
  w.answers.choose = [{ status: 409, body: { code: 'limit' } }];
  w.sale.hold.swap(['A-1-1', 'A-1-2']);
  await w.run(second);
  assert.deepEqual(w.said.at(-1), ['limit', null]);
  assert.ok(!/\d/.test(seatWords.said.limitUnknown));
});

test('seats are said by name once their names are known, never by their ids', async () => {
  const w = new World();
  const names = [];
  await w.opened();
  w.answers.section = [{ status: 503, body: {} }];
  w.sale.hold.swap(['B-1-1']);
  w.sale.rows(['B-1-1']).then(() => names.push(w.sale.venue.seat('B-1-1')?.row));
  await w.run(second);
  assert.deepEqual(names, []);
  await w.run(5 * second);
  assert.deepEqual(names, ['1']);
});

// ---- the order's page

const now = 1.75e12;
const order = (rest) => ({ order: 'ab', zone: 'main', state: 'pending', deadline: now + 600000, checkoutUrl: '/pay', email: 'a@example.com', seats: [], ...rest });
const m = (rest, more) => ({ order: order(rest), trouble: 0, asked: 1, hopes: 0, ...more });

test('every state of an order has its own words, and says what was charged', () => {
  for (const [what, model, scene, says] of [
    ['not paid yet', m({}), 'pay', 'Pay before'],
    ['back from the payment page', m({}, { back: true }), 'back', 'without paying'],
    ['just paid', m({}, { hopes: now + 1 }), 'confirming', 'confirms'],
    ['no payment page', m({ checkoutUrl: '' }), 'unopened', 'Nothing was charged'],
    ['over time', m({ deadline: now }), 'closing_', 'asking'],
    ['authorised', m({ state: 'authorised' }), 'done', 'few minutes'],
    ['paid, no ticket yet', m({ state: 'paid' }), 'done', 'few minutes'],
    ['paid', m({ state: 'paid', tickets: [1] }), 'ready', 'a@example.com'],
    ['closing', m({ state: 'closing' }), 'ending', 'not be charged'],
    ['expired', m({ state: 'expired' }), 'expired', 'Nothing was charged'],
    ['seats lost', m({ state: 'cancelled', reason: 'seats_lost' }), 'over', 'nothing was charged'],
    ['declined', m({ state: 'cancelled', reason: 'payment_failed' }), 'over', 'Nothing was charged'],
    ['cancelled', m({ state: 'cancelled', reason: 'cancelled' }), 'over', 'Nothing was charged'],
    ['a reason to come', m({ state: 'cancelled', reason: 'meteor' }), 'over', 'Nothing was charged'],
    ['refunded', m({ state: 'refunded' }), 'refunded', 'refunded'],
    ['a refund that came back', m({ state: 'refunded', owed: 100 }), 'owed', 'sent the money back'],
    ['refused', m({ state: 'cancelled', reason: 'refused' }), 'over', 'seats are kept'],
    ['a wrong link', { gone: true }, 'gone', 'link'],
    ['no answer', { order: null, trouble: 2 }, 'error', 'keeps asking'],
  ]) {
    const v = present(model, now, orderWords);
    assert.equal(v.scene, scene, what);
    assert.ok(v.lead.includes(says), `${what}: ${v.lead}`);
    assert.ok(v.head && v.title, what);
  }
});

test('the tickets are sent again only while there are some, and as often as it may be', () => {
  assert.equal(present(m({ state: 'paid', tickets: [1], mailsLeft: 2 }), now, orderWords).buttons.mail, true);
  assert.equal(present(m({ state: 'paid', tickets: [1] }), now, orderWords).buttons.mail, false);
  assert.equal(present(m({ state: 'refunded', mailsLeft: 2 }), now, orderWords).buttons.mail, false);
  for (const [state, words] of [[{ state: 'refunded' }, 'event'], [{ state: 'refunded', owed: 100 }, 'event'], [{ state: 'expired' }, 'seatsAgain']]) {
    assert.equal(present(m(state), now, orderWords).onward, orderWords[words], 'whose money went back is not sent to buy again');
  }
});

test('a part of the refund that came back is said beside the tickets', () => {
  const v = present(m({ state: 'paid', tickets: [1], refunded: 50, amount: 100, owed: 50 }), now, orderWords);
  assert.equal(v.scene, 'ready');
  assert.ok(v.note.includes('sent part of your refund back'), v.note);
});

test('the order’s page asks often at first, then less, and not at all when nothing will change', () => {
  assert.equal(pause(m({ state: 'paid', tickets: [1] }), now, () => 0), null);
  assert.equal(pause(m({ state: 'refunded' }), now, () => 0), null);
  const at = (asked) => pause(m({ state: 'authorised' }, { asked }), now, () => 0);
  assert.ok(at(0) <= 3000 && at(40) >= 12000);
  assert.ok(pause(m({}, { trouble: 4 }), now, () => 0) >= 16000);
});

// drawer keeps one thing.
function drawer(value = null) {
  return { get: async () => value, set: async (v) => (value = v), forget: () => (value = null) };
}

test('an order that was opened once is shown without a connection, and says why it may be old', async () => {
  const own = drawer();
  const open = async (...answers) => {
    const w = new World();
    const page = new Order({
      now: () => w.time, random: () => 0.5, after: (ms, fn) => w.after(ms, fn), visible: () => true, own,
      api: { read: async () => ({ retryAfter: 0, body: {}, ...(answers.length > 1 ? answers.shift() : answers[0]) }) },
    }, {}, () => {});
    page.start();
    await w.run(20 * second);
    return { ...present(page.m, page.now(), FOYER_TEXTS.order), page, w };
  };
  const bought = { status: 200, body: order({ state: 'paid', tickets: [1, 2], email: 'ana@example.com' }) };
  assert.equal((await open({ status: 0 })).scene, 'error', 'nothing was kept');
  assert.equal((await open(bought)).note, '');
  const offline = await open({ status: 0 });
  assert.equal(offline.scene, 'ready');
  assert.match(offline.note, /^There is no connection at the moment. This is how things were on .+\d/);
  assert.equal(offline.buttons.tickets, 2);
  for (const status of [429, 500, 503]) assert.match((await open({ status })).note, /^The sale isn’t responding/, status);
  assert.equal((await open({ status: 0 }, { status: 0 }, bought)).note, '', 'it keeps asking');
  assert.equal((await open({ status: 404 })).scene, 'gone');
  assert.equal((await open({ status: 0 })).scene, 'error', 'what is no order any more is forgotten');
  await open({ status: 200, body: order({}) });
  assert.equal((await open({ status: 0 })).scene, 'error', 'a time to pay is not kept');
});

test('the order’s page goes from pending to the tickets by itself', async () => {
  const w = new World();
  const states = [order({}), order({}), order({ state: 'authorised' }), order({ state: 'paid', tickets: [1] })];
  let asked = 0;
  const page = new Order({
    now: () => w.time, random: () => 0.5, after: (ms, fn) => w.after(ms, fn), visible: () => true,
    api: { read: async () => ({ status: 200, retryAfter: 0, body: { ...states[Math.min(asked++, 3)], now: w.time + 3000 } }) },
    own: drawer(),
  }, { fresh: true }, () => {});
  page.start();
  await w.run(60 * second);
  assert.equal(page.m.order.state, 'paid');
  assert.equal(asked, 4);
  assert.equal(page.m.skew, 2999);
});
