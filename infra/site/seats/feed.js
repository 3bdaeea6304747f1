// How the map stays up to date: one socket for the sections on view, their snapshots to begin with and to catch up,
// and snapshots alone where no socket opens or the sale is too large for changes to be pushed.
//
// env: that of wait/line.js, and api (shared/sale.js) · visible() · serverNow()

import { Line } from '../wait/line.js';

const second = 1000;
export const mostSections = 16; // that a connection may view
const settle = 250; // how long a view must be still before the server learns of it, ms
const quiet = 30 * second; // how long a section's snapshots are read when nobody says until when

export class Feed {
  // on: {message(body), snapshot(body), link(live)}
  constructor(env, zone, on) {
    Object.assign(this, { env, on, wanted: [], told: '', reading: new Map(), timers: new Map(), until: new Map(), stopped: false });
    this.line = new Line(env, '/ws?zone=' + zone + '&for=map', {
      open: () => this.#opened(),
      message: (body) => this.#heard(body),
      down: () => this.#down(),
    });
  }

  start() {
    this.line.start();
  }

  stop() {
    this.stopped = true;
    this.line.stop();
    for (const id of [...this.timers.keys()]) this.#cancel(id);
    if (this.later) this.later();
  }

  live() {
    return this.line.live;
  }

  // look says which sections are on view, the most important first.
  look(sections) {
    const next = sections.slice(0, mostSections);
    if (this.stopped || (next.length === this.wanted.length && next.every((id) => this.wanted.includes(id)))) return;
    const fresh = next.filter((id) => !this.wanted.includes(id));
    for (const id of this.wanted) if (!next.includes(id)) this.#cancel(id);
    this.wanted = next;
    for (const id of fresh) this.read(id);
    if (this.later) this.later();
    this.later = this.env.after(settle, () => this.#tell());
  }

  // wake is called when the page is seen again, or the network is back.
  wake() {
    if (this.stopped) return;
    this.line.check();
    for (const id of this.wanted) this.read(id);
  }

  // read fetches a section's snapshot now.
  async read(id) {
    if (this.stopped || this.reading.get(id)) return;
    this.reading.set(id, true);
    this.#cancel(id);
    const answer = await this.env.api.snapshot(id);
    this.reading.delete(id);
    if (this.stopped) return;
    if (answer.status === 200 && answer.body.seats) this.on.snapshot(answer.body);
    if (this.wanted.includes(id)) this.#readIn(id, this.#pause(id, answer.status === 200));
  }

  #opened() {
    this.told = '';
    this.#tell();
    for (const id of this.wanted) this.#readIn(id, this.env.random() * 0.5 * second); // what was missed meanwhile
    this.on.link(true);
  }

  #down() {
    for (const id of this.wanted) this.#readIn(id, this.env.random() * 2 * second);
    this.on.link(false);
  }

  #heard(body) {
    if (body.type === 'seats') {
      for (const section in body.sections || {}) this.on.message({ section, at: body.at, seats: body.sections[section] });
      for (const section of body.read || []) this.#readSoon(section);
    }
    if (body.type !== 'snapshot') return;
    this.until.set(body.section, body.until || this.env.serverNow() + quiet);
    this.#readSoon(body.section);
  }

  // readSoon spreads out what a message makes every map do.
  #readSoon(id) {
    if (this.wanted.includes(id)) this.#readIn(id, this.env.random() * second);
  }

  #tell() {
    this.later = null;
    const text = JSON.stringify({ action: 'view', sections: this.wanted });
    if (!this.line.live || text === this.told) return;
    this.told = text;
    try {
      this.line.socket.send(text);
    } catch {
      /* the line finds out */
    }
  }

  // pause is how long until a section's next snapshot: a second or two where nothing is pushed, else once in a while,
  // in case a message was lost.
  #pause(id, well) {
    const dice = this.env.random();
    if (!well) return (3 + 7 * dice) * second;
    const busy = (this.until.get(id) || 0) > this.env.serverNow();
    const pause = busy ? 1 + dice : this.line.live ? 40 + 20 * dice : 3 + 3 * dice;
    return (this.env.visible() ? pause : Math.max(pause, 20 + 20 * dice)) * second;
  }

  #readIn(id, ms) {
    if (this.stopped) return;
    this.#cancel(id);
    this.timers.set(id, this.env.after(ms, () => this.read(id)));
  }

  #cancel(id) {
    if (this.timers.has(id)) this.timers.get(id)();
    this.timers.delete(id);
  }
}
