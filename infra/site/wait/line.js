// The line to the waiting room: one WebSocket, kept alive, replaced before its platform limit of two hours, and opened
// again after every loss with exponential back-off and full jitter. Opening it registers the visitor.

import { cancel } from '../shared/env.js';
import { backoff } from './poll.js';

const second = 1000;
const minute = 60 * second;
const openWithin = 10 * second;
const pongWithin = 8 * second;

export class Line {
  // env: {now, random, after(ms, fn) → cancel, socket(path)}; on: {open, message(body), down}.
  constructor(env, path, on) {
    Object.assign(this, { env, path, on, live: false, wanted: false, failures: 0, opened: false });
  }

  start() {
    this.wanted = true;
    if (!this.socket && !this.retry) this.#dial();
  }

  // stop wants no socket any more. One that is open is closed, or kept to listen: it isn't replaced then.
  stop(keep) {
    this.wanted = false;
    cancel(this, 'retry', 'renew', 'opening');
    if (keep) return;
    cancel(this, 'ping', 'pong');
    const socket = this.socket;
    this.socket = null;
    this.live = false;
    if (socket) socket.close();
  }

  // check asks for a sign of life at once: phones leave dead sockets behind without an event. Without a socket it
  // dials soon instead of after the back-off.
  check() {
    if (this.live) return this.#ping();
    if (this.retry) this.#dialIn(this.env.random() * 3 * second);
  }

  // anew replaces the socket by a new one, which registers anew. Without a socket, one is on its way already.
  anew() {
    if (this.live && !this.next) this.#dial();
  }

  #dial() {
    cancel(this, 'retry', 'opening');
    let next;
    try {
      next = this.env.socket(this.path);
    } catch {
      return this.#lost(); // blocked by policy
    }
    this.next = next;
    this.opening = this.env.after(openWithin, () => next.close());
    next.onopen = () => this.#open(next);
    next.onmessage = (event) => this.#hear(next, event.data);
    next.onclose = () => this.#closed(next);
  }

  #open(socket) {
    cancel(this, 'opening', 'renew', 'ping', 'pong');
    const old = this.socket;
    this.socket = socket;
    this.next = null;
    this.live = this.opened = true;
    this.failures = 0;
    if (old) old.close();
    if (!this.wanted) return this.stop();
    this.#pingLater();
    this.renew = this.env.after((105 + 10 * this.env.random()) * minute, () => this.#dial());
    this.on.open();
  }

  #hear(socket, data) {
    cancel(this, 'pong');
    let body;
    try {
      body = JSON.parse(data);
    } catch {
      return;
    }
    if (socket === this.socket && body && body.type !== 'pong') this.on.message(body);
  }

  #closed(socket) {
    if (socket === this.next) {
      this.next = null;
      this.#lost();
    } else if (socket === this.socket) {
      this.socket = null;
      this.live = false;
      cancel(this, 'ping', 'pong', 'renew');
      this.#lost();
    }
  }

  #lost() {
    cancel(this, 'opening');
    if (!this.wanted) return;
    this.failures++;
    if (this.live) return this.#dialIn(minute); // only the replacement failed
    // From the second step on: a first loss may have hit everyone at once.
    this.#dialIn(backoff(this.failures + 1, this.env.random, this.opened ? minute : 5 * minute));
    this.on.down();
  }

  #dialIn(ms) {
    cancel(this, 'retry');
    this.retry = this.env.after(ms, () => {
      this.retry = null;
      this.#dial();
    });
  }

  #pingLater() {
    this.ping = this.env.after((4 + 2 * this.env.random()) * minute, () => this.#ping());
  }

  #ping() {
    cancel(this, 'ping', 'pong');
    const socket = this.socket;
    this.pong = this.env.after(pongWithin, () => {
      this.pong = null;
      socket.onclose = null; // a dead socket may take minutes to say so
      socket.close();
      this.#closed(socket);
    });
    try {
      socket.send('{"action":"ping"}');
    } catch {
      /* the pong will not come */
    }
    this.#pingLater();
  }
}
