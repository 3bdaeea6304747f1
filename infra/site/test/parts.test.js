import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ask } from '../enter/ask.js';
import { Visit } from '../inside/visit.js';
import { verdict } from '../shared/api.js';
import { cleaned, zoneOf } from '../shared/zone.js';
import { awake } from '../wait/awake.js';
import { verify } from '../wait/draw.js';
import { isCalled, orderKey } from '../wait/key.js';
import { best, beyond, placeOf, progress, shown } from '../wait/place.js';
import { phase } from '../wait/phase.js';
import { nextPoll } from '../wait/poll.js';
import { clock } from '../shared/clock.js';
import { present } from '../wait/present.js';
import { range } from '../wait/range.js';
import { Voice } from '../wait/voice.js';
import { keyAt, pack, World } from './world.js';

const { wait: t } = FOYER_TEXTS;

test('the zone of an address', () => {
  for (const [path, zone] of [
    ['/', 'main'], ['/concert', 'main'], ['/z/abc', 'abc'], ['/z/abc/', 'abc'], ['/z/abc/d?e', 'abc'], ['/z/', 'main'], ['/z/ABC/', 'main'],
    ['/z/-a/', 'main'], ['/z/a_b/', 'main'], ['/x/z/abc/', 'main'], ['/z/' + 'a'.repeat(32) + '/', 'a'.repeat(32)], ['/z/' + 'a'.repeat(33) + '/', 'main'],
  ]) assert.equal(zoneOf(path, 'main'), zone, path);
});

test('Foyer’s own parameters leave the address, and nobody else’s', () => {
  assert.equal(cleaned('https://a.b/c?x=1&foyer_c=1&y=%20&foyer_w=1#h'), '/c?x=1&y=+#h');
  assert.equal(cleaned('https://a.b/c?foyer_invite=abc'), '/c');
});

test('what answers ask for', () => {
  for (const [status, code, word] of [
    [200, '', 'ok'], [401, 'unauthorized', 'again'], [403, 'forbidden', 'refused'], [404, 'unknown_zone', 'unknown'], [409, 'not_called', 'wait'],
    [409, 'not_open', 'wait'], [409, 'missed', 'missed'], [410, 'ended', 'ended'], [429, '', 'busy'], [503, 'busy', 'busy'], [0, undefined, 'busy'],
  ]) assert.equal(verdict({ status, body: { code } }), word, String(status));
});

test('order keys', () => {
  const you = { id: 'ab'.repeat(16), arrivedAt: 0x123456, priority: 8, key: '80' + '0'.repeat(12) + 'ab'.repeat(16) };
  assert.equal(orderKey(null, null), '');
  assert.equal(orderKey({ ...you, key: '' }, null), '', 'the draw is secret yet');
  assert.equal(orderKey(you, null), you.key);
  assert.equal(orderKey(you, { key: 'k', lane: 0 }), 'k');
  assert.equal(orderKey(you, { key: '', lane: 1 }), '81' + '000000123456' + you.id, 'too late for the draw');
  assert.ok(isCalled('80aa', '80aa') && isCalled('80a9', '80aa') && !isCalled('80ab', '80aa'));
  assert.ok(!isCalled('', '80aa') && !isCalled('80aa', ''));
});

const at = (n) => BigInt('0x80' + n.toString(16).padStart(12, '0'));
const someone = (n, extra = {}) => ({
  waiting: 100, called: '', policy: 'first-come', opensAt: 0, seatsLeft: -1,
  census: { at: 5000, total: 100, knots: pack([[at(1000), 0], [at(1100), 100]]) },
  you: { id: 'c'.repeat(32), arrivedAt: n, priority: 8, key: keyAt(n, 'c'.repeat(32)) }, ...extra,
});

test('places come from the census, less those called since', () => {
  assert.equal(placeOf(someone(1000), someone(1000).you.key).ahead, 0);
  assert.equal(placeOf(someone(1050), someone(1050).you.key).ahead, 50);
  const called = someone(1050, { called: keyAt(1019, 'f'.repeat(32)) });
  assert.equal(placeOf(called, called.you.key).ahead, 30);
  const all = someone(1050, { called: keyAt(1060, '0'.repeat(32)) });
  assert.equal(placeOf(all, all.you.key).ahead, 0);
  assert.equal(placeOf(someone(6000), someone(6000).you.key).ahead, null, 'not counted yet');
  assert.equal(placeOf(someone(1050), '').ahead, null, 'no key yet');
});

test('the kept place', () => {
  let kept = best(null, null);
  assert.equal(kept, null);
  for (const [ahead, want] of [[100, 100], [null, 100], [120, 100], [40, 40], [60, 40], [0, 0], [3, 0]]) {
    kept = best(kept, ahead);
    assert.equal(kept.ahead, want);
  }
  assert.equal(progress(kept), 1);
  assert.equal(progress(null), 0);
  assert.equal(progress({ first: 100, ahead: 40 }), 0.6);
});

test('shown numbers are within one percent, and never fall when the place rises', () => {
  let last = 0;
  for (let n = 0; n < 2e6; n += 1 + Math.floor(n / 50)) {
    assert.ok(shown(n) >= n && shown(n) - n <= Math.max(5, n / 99), String(n));
    assert.ok(shown(n) >= last);
    last = shown(n);
  }
});

test('seats left are said honestly', () => {
  assert.equal(beyond({ seatsLeft: -1 }, 1e6), false);
  assert.equal(beyond({ seatsLeft: 10 }, 9), false);
  assert.equal(beyond({ seatsLeft: 10 }, 10), true);
  assert.equal(beyond({ seatsLeft: 0 }, null), false);
});

test('my draw can be verified, and a swapped seed is noticed', async () => {
  const seed = createHash('sha256').update('s').digest('hex');
  const visitor = '0123456789abcdef'.repeat(2);
  const draw = { seed, commitment: createHash('sha256').update('main' + seed).digest('hex') };
  const rank = createHmac('sha256', seed).update(visitor).digest('hex').slice(0, 12);
  const answer = await verify('main', draw, visitor);
  assert.equal(answer.fair, true);
  assert.equal(answer.rank, rank);
  assert.ok(answer.part >= 0 && answer.part < 1);
  assert.equal((await verify('main', { ...draw, seed: seed.replace(/^./, 'x') }, visitor)).fair, false);
  assert.equal((await verify('other', draw, visitor)).fair, false);
});

test('clocks', () => {
  for (const [ms, text] of [[-5, '0:00'], [999, '0:00'], [300600, '5:00'], [61000, '1:01'], [3661000, '1:01:01'], [90000000, '1 d 1 h']]) assert.equal(clock(ms), text);
});

test('ranges of waiting', () => {
  for (const [low, high, text] of [
    [5, 30, 'less than a minute'], [5, 61, 'up to 2 min'], [61, 119, '1 to 2 min'], [480, 720, '8 to 12 min'], [3600, 7100, '1 to 2 h'],
    [5400, 9000, '1½ to 2½ h'], [30, null, 'a minute or more'], [600, null, 'more than 10 min'],
  ]) assert.equal(range({ low, high }, t), text);
});

test('every phase has its words', () => {
  const room = (over, status) => ({ ...new World().room().m, over, status: status && { ...new World().status(), ...status } });
  const turn = { ref: '1.1', until: 2000 };
  const models = {
    loading: room(''), scheduled: room('', { state: 'scheduled', opensAt: 9e12 }), opening: room('', { state: 'scheduled', opensAt: 1 }),
    drawing: room('', { policy: 'draw', opensAt: 1, draw: { commitment: 'c' } }), waiting: room('', {}), paused: room('', { state: 'paused' }),
    closed: room('', { state: 'closed' }), soldout: room('', { soldOut: true }), error: { ...room(''), trouble: 3 },
    turn: { ...room('', {}), turn }, late: { ...room('', {}), turn: { ref: '1.1', until: 1 } }, entering: { ...room('', {}), entering: true },
  };
  for (const ahead of [null, 0, 1, 5000]) models['waiting ' + ahead] = { ...room('', {}), ahead, wait: ahead === 1 ? null : { low: 60, high: 90 } };
  models['waiting missed'] = { ...room('', {}), ahead: 0, missed: true };
  models['waiting beyond'] = { ...room('', { seatsLeft: 1 }), ahead: 3 };
  for (const over of ['left', 'ended', 'cookies', 'refused', 'unknown']) models[over] = room(over, {});
  for (const name in models) {
    assert.equal(phase(models[name], 1000), name.split(' ')[0]);
    const v = present(models[name], 1000, t);
    assert.ok(v.head && v.lead && v.title && v.say && v.facts.flat().every(String), name);
    assert.ok(!/undefined|NaN|null|\[object|=>/.test([v.head, v.lead, v.title, v.say, v.note, v.label, v.number, ...v.facts.flat()].join()), name);
  }
});

test('a screen reader hears changes, not a ticking clock', () => {
  const voice = new Voice();
  const v = { phase: 'waiting', head: 'h', number: '100', say: 's' };
  assert.equal(voice.speak(0, v), 's');
  assert.equal(voice.speak(1000, { ...v, number: '99' }), '');
  assert.equal(voice.speak(61000, { ...v, number: '98' }), 's');
  assert.equal(voice.speak(150000, { ...v, number: '98' }), '');
  assert.equal(voice.speak(151000, { ...v, phase: 'turn', number: '0:59' }), 's');
  assert.equal(voice.speak(152000, { ...v, phase: 'turn', number: '0:58' }), '');
});

test('polls come sooner as the turn nears, and never while it is over', () => {
  const base = { phase: 'waiting', live: true, hidden: false, opensIn: Infinity, polls: [0], stall: 0, trouble: 0, urgent: false };
  const far = nextPoll({ ...base, wait: { low: 3600 } }, 1000, () => 0);
  const near = nextPoll({ ...base, near: true, wait: { low: 30 } }, 1000, () => 0.5);
  assert.equal(far, 58000); // what the operator changes is seen within a minute at the far end of the line
  assert.equal(near, 10000);
  for (const phase of ['left', 'ended', 'cookies', 'refused', 'unknown', 'entering']) assert.equal(nextPoll({ ...base, phase }, 1000, Math.random), null);
});

// ---- inside

function visit(options = {}) {
  const world = new World();
  const kept = { value: options.kept ?? null };
  const said = [];
  const v = new Visit({
    now: () => world.time, random: () => world.dice(), after: (ms, fn) => world.after(ms, fn), verdict,
    api: {
      enter: () => world.env().api.enter(), leave: () => world.env().api.leave(),
      status: async () => ({ status: 200, body: { policy: options.policy || 'first-come' } }),
    },
    kept: { get: () => kept.value, set: (value) => (kept.value = value) },
    visible: () => world.visible, tell: (name) => said.push(name) > 0, again: () => world.count.go++,
  });
  world.turnAt = 1;
  return { world, kept, said, v };
}

test('inside, access is renewed before it ends, by one tab only', async () => {
  const { world, kept, said, v } = visit();
  v.start();
  await world.run(6000);
  assert.equal(world.count.enter, 1);
  assert.ok(v.endsIn > 590 && v.endsIn <= 600);
  await world.run(95000);
  assert.equal(world.count.enter, 2);
  kept.value = { until: world.time + 600000, renewAt: world.time + 150000 }; // another tab did
  await world.run(100000);
  assert.equal(world.count.enter, 2);
  await world.run(60000);
  assert.equal(world.count.enter, 3);
  assert.ok(said.includes('renewed'));
});

test('a device with a wrong clock renews once in 80 s, and stays inside', async () => {
  for (const wrong of [2 * 60000, -10 * 60000, 3600000]) {
    const { world, v } = visit();
    v.env.now = () => world.time + wrong; // the answers don't say what time it is
    v.start();
    await world.run(5000);
    const before = world.count.enter;
    for (let i = 0; i < 10; i++) {
      const were = world.count.enter;
      await world.run(80000);
      assert.ok(world.count.enter - were <= 1, 'two renewals in 80 s');
    }
    assert.ok(world.count.enter - before >= 8);
    assert.equal(world.count.go, 0);
  }
});

test('a place in use on another network is asked for again, and not given up', async () => {
  const { world, said, v } = visit();
  v.start();
  await world.run(6000);
  world.answers.enter = [{ status: 409, body: { code: 'elsewhere' }, retryAfter: 60000 }];
  await world.run(200000);
  assert.equal(world.count.go, 0);
  assert.ok(!said.includes('ended'));
  assert.equal(world.count.enter, 3);
});

test('the page at the door asks until it is let in', async () => {
  const did = [];
  const answers = [
    { status: 0, body: {} }, { status: 503, body: {} }, { status: 409, body: { code: 'elsewhere' }, retryAfter: 1000 },
    { status: 200, body: { state: 'inside', endsIn: 600, renewIn: 90 } },
  ];
  const env = (list) => ({
    random: () => 0.5, wait: async (ms) => did.push(ms > 0), enter: async () => list.shift(),
    inside: (answer) => did.push(answer.endsIn), load: () => did.push('load'), room: () => did.push('room'), say: (word) => did.push(word),
  });
  await ask(env(answers));
  assert.deepEqual(did, ['loading', true, 'loading', true, 'elsewhere', true, 600, 'load']);
  for (const [answer, word] of [
    [{ status: 409, body: { code: 'not_called' } }, 'room'], [{ status: 409, body: { code: 'missed' } }, 'room'],
    [{ status: 410, body: { code: 'ended' } }, 'load'], [{ status: 401, body: {} }, 'load'], [{ status: 404, body: {} }, 'room'],
  ]) {
    did.length = 0;
    await ask(env([answer]));
    assert.deepEqual(did, [word], answer.body.code || String(answer.status));
  }
});

test('nobody renews a page that nobody looks at', async () => {
  const { world, v } = visit();
  v.start();
  await world.run(6000);
  world.visible = false;
  await world.run(600000);
  assert.equal(world.count.enter, 1);
  world.visible = true;
  v.seen();
  await world.run(6000);
  assert.equal(world.count.enter, 2);
});

test('a visit that has ended goes back to the waiting room', async () => {
  const { world, said, v } = visit();
  world.answers.enter = [{ status: 410, body: { code: 'ended' } }];
  v.start();
  await world.run(6000);
  assert.equal(world.count.go, 1);
  assert.ok(said.includes('ended'));
});

test('where everybody is let through, no page asks for a slot or loads itself again', async () => {
  const came = visit({ policy: 'passthrough' });
  came.v.start();
  await came.world.run(600000);
  assert.equal(came.world.count.enter, 0);
  const was = visit({ policy: 'passthrough' });
  was.world.answers.enter = [{ status: 410, body: { code: 'ended' } }];
  was.kept.value = { until: was.world.time + 60000, renewAt: was.world.time + 30000 };
  was.v.start();
  await was.world.run(600000);
  assert.equal(was.world.count.enter, 1);
  assert.equal(came.world.count.go + was.world.count.go, 0);
});

test('leaving gives the slot back and renews no more', async () => {
  const { world, said, v } = visit();
  v.start();
  await world.run(6000);
  const [left] = await Promise.all([v.leave(), world.run(1000)]);
  assert.equal(left, true);
  await world.run(600000);
  assert.equal(world.count.enter, 1);
  assert.deepEqual(said.filter((s) => s === 'left'), ['left']);
});

test('the screen stays on while somebody waits in front of it, and is asked for once', async () => {
  let asked = 0, held = 0;
  const browser = { wakeLock: { request: async () => (asked++, held++, { release: () => held-- }) } };
  await awake(true, browser);
  await awake(true, browser);
  assert.deepEqual([asked, held], [1, 1]);
  await awake(false, browser);
  assert.equal(held, 0);
  const late = awake(true, browser);
  await awake(false, browser); // covered before the browser has answered
  await late;
  assert.deepEqual([asked, held], [2, 0]);
  const refuses = { wakeLock: { request: async () => { asked++; throw new Error('battery'); } } };
  await awake(true, refuses);
  await awake(true, refuses);
  assert.equal(asked, 3);
  await awake(false, {});
  await awake(true, {});
});
