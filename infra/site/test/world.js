// A whole evening in a moment: virtual time, a line of people, and a front door that answers as the real one does.

import { Room } from '../wait/room.js';

// pack writes knots as internal/room/census does: [[order key's first 7 bytes as BigInt, people below], …].
export function pack(knots) {
  const bytes = [];
  let x = 0n;
  let y = 0n;
  const put = (n) => {
    for (; n > 127n; n >>= 7n) bytes.push(Number(n & 127n) | 128);
    bytes.push(Number(n));
  };
  for (const [at, below] of knots) {
    put((at << 8n) - x);
    put(BigInt(below) - y);
    x = at << 8n;
    y = BigInt(below);
  }
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

export const keyAt = (arrived, id, lane = 0) => '8' + lane + arrived.toString(16).padStart(12, '0') + id;

export class World {
  // options: ahead, people before us · rate, entries a minute · sockets, whether they work · seed, of the dice
  constructor({ ahead = 1200, rate = 60, sockets = true, seed = 1, window = 60000, ...rest } = {}) {
    Object.assign(this, { ahead, rate, sockets, seed, window, latency: 40, down: false, visible: true, cookieTried: false }, rest);
    this.time = 1.75e12;
    this.timers = [];
    this.count = { status: 0, register: 0, enter: 0, leave: 0, socket: 0, go: 0, frames: [] };
    this.told = [];
    this.store = {};
    this.open = [];
    this.start = this.time;
    this.arrivedAt = this.time - 5000;
    this.id = 'ab'.repeat(16);
    this.state = { state: 'open', direct: false, soldOut: false, policy: 'first-come', opensAt: 0, seatsLeft: -1 };
    this.answers = {}; // status code and body for the next calls, by name
    this.answer = {}; // what answers in place of this world, by name
    this.registered = false;
    this.turnAt = 0;
    this.missedOnce = false;
  }

  // room makes a page of this visitor.
  room() {
    const room = new Room(this.env(), 'main', () => this.#seen(room));
    return room;
  }

  env() {
    return {
      now: () => this.time,
      random: () => this.dice(),
      after: (ms, fn) => this.after(ms, fn),
      api: Object.fromEntries(['status', 'register', 'enter', 'leave'].map((name) => [name, (ref) => this.#call(name, ref)])),
      socket: () => this.#socket(),
      session: { get: (k) => this.store[k] ?? null, set: (k, v) => (this.store[k] = v) },
      visible: () => this.visible,
      whenSeen: (fn) => (this.visible ? fn() : (this.onSeen = fn)),
      go: () => this.count.go++,
      inside: (answer) => (this.insideAt = { at: this.time, ...answer }),
      tell: (word) => this.told.push(word),
      cookieTried: this.cookieTried,
    };
  }

  // dice are the same every time (mulberry32).
  dice() {
    let t = (this.seed += 0x6d2b79f5);
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  after(ms, fn) {
    const timer = { at: this.time + ms, fn };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((t) => t !== timer));
  }

  // run lets time pass until a moment (ms from now), or until done() is true.
  async run(ms, done = () => false) {
    const end = this.time + ms;
    await settle();
    while (!done()) {
      const next = this.timers.reduce((a, b) => (b.at < a.at ? b : a), { at: Infinity });
      if (next.at > end) {
        this.time = end;
        return;
      }
      this.timers = this.timers.filter((t) => t !== next);
      this.time = Math.max(this.time, next.at);
      next.fn();
      await settle();
    }
  }

  // gone is how many of those ahead were called by now.
  gone() {
    if (this.state.state !== 'open') return 0;
    return Math.min(this.ahead + 1, Math.floor(((this.time - this.start) / 60000) * this.rate));
  }

  status() {
    const people = this.arrivedAt - this.ahead; // one a millisecond, all before us
    const called = this.gone();
    const base = BigInt('0x80' + people.toString(16).padStart(12, '0'));
    return {
      zone: 'main', title: 'A Concert', now: this.time + 1234, updatedAt: this.time, waiting: this.ahead + 50 - called, inside: 10,
      rate: { low: this.rate * 0.9, high: this.rate * 1.1 }, ...this.state,
      called: called ? keyAt(people + called - 1, 'f'.repeat(32)) : '',
      census: { at: this.time - 3000, total: this.ahead + 50, knots: pack([[base, 0], [base + BigInt(this.ahead + 50), this.ahead + 50]]) },
      you: this.stranger ? null : { id: this.id, arrivedAt: this.arrivedAt, priority: 8, key: this.key ?? keyAt(this.arrivedAt, this.id) },
    };
  }

  // turn calls this visitor, over the socket when there is one.
  turn() {
    this.turnAt = this.time;
    for (const s of this.open) s.onmessage({ data: JSON.stringify({ type: 'turn', zone: 'main', ref: '7.3', until: this.time + 1234 + this.window }) });
  }

  // push tells the page of a change, as the relay has it told to those nearest in line.
  push(change) {
    for (const s of this.open) s.onmessage({ data: JSON.stringify({ type: 'status', zone: 'main', opensAt: 0, ...change }) });
  }

  #call(name, ref) {
    this.count[name]++;
    if (name === 'status') this.polls = [...(this.polls || []), this.time];
    return new Promise((resolve) => this.after(this.latency, async () => resolve({ retryAfter: 0, ...(await this.#answer(name, ref)) })));
  }

  #answer(name, ref) {
    if (this.down) return { status: 0, body: {} };
    const forced = this.answers[name];
    if (forced && forced.length) return forced.shift();
    if (this.answer[name]) return this.answer[name]();
    if (name === 'status') return { status: 200, body: this.status() };
    if (name === 'leave') return { status: 200, body: { state: 'left' } };
    if (name === 'register') {
      this.registered = true;
      return { status: 200, body: { zone: 'main', key: keyAt(this.arrivedAt, this.id), registeredAt: this.time, lane: 0 } };
    }
    return this.#enter(ref);
  }

  #enter() {
    const called = this.gone() > this.ahead || this.turnAt;
    if (!called) return { status: 409, body: { code: 'not_called' } };
    return { status: 200, body: { state: 'inside', ref: '7.3', endsIn: 600, renewIn: 90 } };
  }

  #socket() {
    this.count.socket++;
    const s = { send: (text) => this.#frame(s, text), close: () => this.#drop(s) };
    if (!this.silent) this.after(this.latency, () => {
      if (s.dead || !this.sockets || this.down) return this.#drop(s);
      this.open.push(s);
      this.registered = true;
      s.onopen();
    });
    return s;
  }

  #frame(s, text) {
    this.count.frames.push(text);
    if (!this.deaf) this.after(this.latency, () => !s.dead && s.onmessage({ data: '{"type":"pong"}' }));
  }

  #drop(s) {
    if (s.dead) return;
    s.dead = true;
    this.open = this.open.filter((o) => o !== s);
    this.after(0, () => s.onclose && s.onclose());
  }

  // cut ends every socket, as a server that goes does.
  cut() {
    for (const s of [...this.open]) this.#drop(s);
  }

  #seen(room) {
    this.phases = [...(this.phases || []), room.phase()].filter((p, i, all) => p !== all[i - 1]);
    if (room.m.kept) this.places = [...(this.places || []), room.m.kept.ahead];
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
