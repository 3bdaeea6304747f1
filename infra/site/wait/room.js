// The waiting room's conduct: what it knows, what it asks for, and when it goes in. It owns no clock, network, store or
// screen: `env` gives it those, so that a test can play a whole evening in a millisecond.
//
// env: now() ms · random() · after(ms, fn) → cancel · api (shared/api.js) · socket(path) · session, a memory ·
//      visible() · whenSeen(fn) · go(), loads the address again · inside(answer), keeps it for the pages inside ·
//      tell(word), to this browser's other tabs · cookieTried, whether the edge has set its cookie once already

import { verdict } from '../shared/api.js';
import { cancel, skew } from '../shared/env.js';
import { Line } from './line.js';
import { orderKey, isCalled } from './key.js';
import { phase, queues } from './phase.js';
import { best, grace, placeOf, wait } from './place.js';
import { nextPoll, backoff, span } from './poll.js';

const second = 1000;
const socketFirst = 4 * second; // how long the socket may take before HTTP registers
const near = 4500; // so many ahead: changes are pushed to the first 5,000, and places may be wrong by a few
const linger = 900; // the doors open before the page goes, ms

export class Room {
  constructor(env, zone, changed) {
    this.env = env;
    this.zone = zone;
    this.changed = changed;
    this.polls = [];
    this.stall = 0;
    this.line = new Line(env, '/ws?zone=' + zone, {
      open: () => this.#registered(),
      message: (body) => this.#heard(body),
      down: () => this.#down(),
    });
    this.m = {
      zone,
      status: null, // the last one
      skew: 0, // server's clock less ours, ms
      trouble: 0, // status requests that failed in a row
      live: false, // the socket is open
      registered: false, // the place is guaranteed
      since: 0, // server's time of the first registering here
      known: null, // what registering over HTTP returned: {key, lane}
      key: '', // the order key, once it is known
      kept: null, // {first, ahead}: the place as shown
      ahead: null, // people ahead, null while unknown
      wait: null, // {low, high} seconds, null while unknown
      turn: null, // {ref, until}: called, and may go in
      missed: false, // a turn passed: first in line
      denied: '', // the `called` for which the admitter said "not yet"
      entering: false, // asking to go in
      inside: false, // on the way in
      over: '', // why nothing more happens here: left, ended, cookies, refused, unknown
    };
  }

  start() {
    this.poll();
  }

  serverNow() {
    return this.env.now() + this.m.skew;
  }

  phase() {
    return phase(this.m, this.serverNow());
  }

  // wake is called when the page comes back: seen again, online again, restored.
  wake() {
    if (this.m.over || this.m.inside) return;
    this.line.check();
    if (this.m.turn) return this.enter();
    const last = this.polls[this.polls.length - 1] || 0;
    if (this.env.now() - last > 3 * second) this.#pollIn(this.env.random() * second);
  }

  // told takes what another tab of this browser says.
  told(word) {
    if (word === 'left') this.#end('left');
    else if (word === 'inside') this.#goWhenSeen();
    else if (word && word.ref) this.#turn(word);
  }

  async leave() {
    this.#rest();
    const answer = await this.env.api.leave();
    if (verdict(answer) !== 'ok') return this.#resume();
    this.env.tell('left');
    this.#end('left');
  }

  // anew asks the edge again: the answer that ended the visit took its tokens, or gave an older place back.
  anew() {
    this.env.go();
  }

  async poll() {
    cancel(this, 'pollTimer');
    if (this.m.over || this.m.inside || this.asking) return;
    this.asking = true;
    const sent = this.env.now();
    const { version } = this;
    this.polls = [...this.polls.filter((t) => t > sent - span), sent];
    const answer = await this.env.api.status();
    this.asking = false;
    if (this.m.over || this.m.inside) return;
    if (answer.status === 200 && answer.body.zone) this.version !== version || this.#learn(answer.body);
    else if (answer.status === 404) return this.#end('unknown');
    else this.m.trouble++;
    if (this.m.over || this.m.inside) return;
    this.#act();
    this.#pollNext();
  }

  async enter() {
    if (this.m.entering || this.m.inside || this.m.over) return;
    if (!this.env.visible()) return; // nobody there to go in; wake() tries again
    cancel(this, 'enterTimer');
    this.m.entering = true;
    this.lastTry = this.env.now();
    this.changed();
    const turn = this.m.turn;
    const answer = await this.env.api.enter(turn ? turn.ref : '');
    this.m.entering = false;
    const word = verdict(answer);
    if (word !== 'ok' && this.m.turn && this.m.turn !== turn) return this.enter(); // called anew meanwhile
    this.#entered(word, answer);
    this.changed();
  }

  // ---- what comes in

  #learn(status) {
    const m = this.m;
    const before = this.#mark();
    m.skew = skew(status.now, this.env.now());
    m.status = status;
    m.trouble = 0;
    if (status.you) {
      m.key = orderKey(status.you, m.known);
      this.#measure();
    } else if (queues(this.phase()) && status.policy !== 'passthrough') return this.#stranger();
    this.stall = this.#mark() === before ? this.stall + 1 : 0;
  }

  // laneUnsure reports whether the visitor may or may not be in the draw: the socket registered after the draw's grace,
  // and an earlier registration isn't known. Registering over HTTP says which.
  #laneUnsure() {
    const { status, key, known, since } = this.m;
    return status.policy === 'draw' && !known && since && key && key[1] === '0' && since > status.opensAt + grace;
  }

  #mark() {
    return this.phase() + (this.m.kept ? this.m.kept.ahead : '');
  }

  // stranger handles a request that carried no visitor token where there is a line. The edge gives one to every
  // navigation then; only a browser that keeps no cookies comes without one again.
  #stranger() {
    if (this.env.cookieTried) return this.#end('cookies');
    this.#reload('cookies');
  }

  #measure() {
    const m = this.m;
    const { ahead } = placeOf(m.status, m.key);
    const name = 'foyer-place-' + this.zone + '-' + m.status.you.id;
    const kept = best(m.kept || this.env.session.get(name), ahead);
    if (kept && (!m.kept || kept.ahead !== m.kept.ahead)) this.env.session.set(name, kept);
    m.kept = kept;
    m.ahead = m.missed ? 0 : kept ? kept.ahead : null;
    m.wait = wait(m.ahead, m.status.rate);
  }

  #heard(body) {
    if (body.type === 'turn') {
      this.env.tell({ ref: body.ref, until: body.until });
      this.#turn(body);
    } else if (body.type === 'status' && this.m.status && !(body.version < this.version)) {
      if (!body.state) return this.#pollIn(this.env.random() * 2 * second);
      this.version = body.version;
      Object.assign(this.m.status, body);
      this.#act();
      this.#pollIn((20 + 10 * this.env.random()) * second); // the edge may know later than the page does
    }
  }

  #turn({ ref, until }) {
    if (this.m.over || this.m.inside) return;
    Object.assign(this.m, { turn: { ref, until }, missed: false, denied: '' });
    this.changed();
    this.enter();
    this.#pollNext();
  }

  #registered() {
    cancel(this, 'registerTimer');
    this.m.since = this.m.since || this.serverNow();
    Object.assign(this.m, { registered: true, live: true });
    this.#act();
  }

  #down() {
    this.m.live = false;
    if (!this.m.registered) this.#registerIn(this.env.random() * second);
    this.changed();
  }

  // ---- what is done about it

  #act() {
    const m = this.m;
    this.changed();
    const name = this.phase();
    if (m.status && m.status.policy === 'passthrough') return this.#reload('refused');
    if (m.over || !queues(name)) return this.line.stop(name === 'closed'); // where a reopening is pushed
    this.line.start();
    if (!m.registered && !this.registerTimer) this.#registerIn(socketFirst);
    if (this.#laneUnsure() && !this.registerTimer) this.#registerIn(this.env.random() * 10 * second);
    if (this.#mayGo(name)) this.#tryEnter();
  }

  // mayGo reports whether the status alone says that it is this visitor's turn.
  #mayGo(name) {
    const m = this.m;
    if (m.turn) return true;
    if (name !== 'waiting' || !m.registered) return false;
    return m.status.direct || isCalled(m.key, m.status.called);
  }

  #tryEnter() {
    const m = this.m;
    if (m.turn) return this.enter();
    const known = isCalled(m.key, m.status.called) && !m.missed && m.denied !== m.status.called;
    if (known) m.turn = { ref: '', until: 0 };
    if (known) this.changed();
    const pause = m.live ? 20 * second : 4 * second; // between tries that only hope
    if (known || !this.lastTry || this.env.now() - this.lastTry > pause) this.#enterIn(this.env.random() * 2 * second);
  }

  #entered(word, answer) {
    const m = this.m;
    if (word === 'ok' && answer.body.state === 'inside') return this.#goIn(answer.body);
    if (word === 'missed') {
      Object.assign(m, { turn: null, missed: true, registered: false });
      this.line.anew(); // the place that HTTP takes knows of no socket to be called over
      return this.#register();
    }
    if (word === 'wait') {
      // A turn that came to nothing comes again in a moment, and the message may be late.
      if (m.turn && answer.retryAfter) this.#enterIn(answer.retryAfter + this.env.random() * second);
      Object.assign(m, { turn: null, denied: m.status ? m.status.called : '' });
      return this.#pollNext();
    }
    if (word === 'again') return this.#reload('cookies');
    if (word === 'ended' || word === 'refused' || word === 'unknown') return this.#end(word);
    this.tries = (this.tries || 0) + 1;
    if (m.turn || this.tries < 5) this.#enterIn(answer.retryAfter || backoff(this.tries - 1, this.env.random, 8 * second));
  }

  #goIn(body) {
    this.m.inside = true;
    this.#rest();
    this.env.tell('inside');
    this.env.inside(body);
    this.changed();
    this.env.after(linger, () => this.#reload('cookies'));
  }

  #goWhenSeen() {
    if (this.m.inside || this.m.over) return;
    this.m.inside = true;
    this.#rest();
    this.changed();
    this.env.whenSeen(() => this.#reload('cookies'));
  }

  async #register() {
    cancel(this, 'registerTimer');
    const m = this.m;
    if (m.over || m.inside || (m.registered && !this.#laneUnsure())) return;
    const answer = await this.env.api.register();
    const word = verdict(answer);
    if (word === 'ok' && answer.body.zone) {
      Object.assign(m, { registered: true, known: answer.body });
      this.tries = 0;
      if (m.status && m.status.you) m.key = orderKey(m.status.you, m.known);
      this.changed();
      if (m.status && m.status.you) this.#measure();
      this.#act();
      this.#pollNext();
    } else if (word === 'again') this.#reload('cookies');
    else if (['refused', 'ended', 'unknown'].includes(word)) this.#end(word);
    else if (!m.live) this.#registerLater(answer);
  }

  #registerLater(answer) {
    this.refusals = (this.refusals || 0) + 1;
    this.#registerIn(answer.retryAfter * (1 + this.env.random()) || backoff(this.refusals, this.env.random));
  }

  // reload asks the edge again; one that turns in circles ends in `why` instead.
  #reload(why) {
    const now = this.env.now();
    const recent = (this.env.session.get('foyer-reloads') || []).filter((t) => t > now - 60 * second);
    if (recent.length >= 3) return this.#end(why);
    this.env.session.set('foyer-reloads', [...recent, now]);
    this.m.inside = true;
    this.#rest();
    this.env.go();
  }

  #end(why) {
    Object.assign(this.m, { over: why, inside: false, turn: null, entering: false });
    this.#rest();
    this.changed();
  }

  #rest() {
    this.line.stop();
    this.m.live = false;
    cancel(this, 'pollTimer', 'enterTimer', 'registerTimer');
  }

  #resume() {
    this.m.trouble++;
    this.#act();
    this.#pollNext();
  }

  // ---- timers

  #pollNext() {
    const m = this.m;
    if (m.over || m.inside) return;
    const now = this.env.now();
    const ms = nextPoll({
      phase: this.phase(), wait: m.wait, live: m.live, near: m.live && m.kept && m.ahead < near, hidden: !this.env.visible(),
      opensIn: m.status && m.status.opensAt ? m.status.opensAt - this.serverNow() : Infinity,
      polls: this.polls, stall: this.stall, trouble: m.trouble,
      urgent: !m.live && m.ahead !== null && (m.missed || (m.wait && m.wait.low < 45)),
    }, now, this.env.random);
    if (ms !== null) this.#pollIn(ms);
  }

  #pollIn(ms) {
    cancel(this, 'pollTimer');
    this.pollTimer = this.env.after(ms, () => this.poll());
  }

  #enterIn(ms) {
    cancel(this, 'enterTimer');
    this.enterTimer = this.env.after(ms, () => this.enter());
  }

  #registerIn(ms) {
    cancel(this, 'registerTimer');
    this.registerTimer = this.env.after(ms, () => this.#register());
  }
}
