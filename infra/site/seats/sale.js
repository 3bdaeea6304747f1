// What happens on the map page, without a screen: the venue, everybody's seats, one's own, and how they stay true.
// The element draws it. Everything of the browser's comes in by `env`, so that tests can play a sale.
//
// env: now() · random() · after(ms, fn) → cancel · api (shared/sale.js) · socket(path) · visible() · renew()

import { skew } from '../shared/env.js';
import { Counts } from './counts.js';
import { Feed } from './feed.js';
import { Hold } from './hold.js';
import { Seats, sectionOf } from './state.js';
import { Venue } from './venue.js';

const second = 1000;

export class Sale {
  // on: {opened(), grown(), failed(status), loaded(section), changed(ids), counted(), own(), link(live), say(word, detail), over(why)}
  constructor(env, zone, on) {
    Object.assign(this, { env, zone, on, skew: 0, venue: null, looked: [], read: new Set() });
    this.seats = new Seats();
    const inner = { ...env, serverNow: () => this.now() };
    this.feed = new Feed(inner, zone, {
      message: (body) => this.#changed(this.seats.message(body)),
      snapshot: (body) => this.#read(body),
      link: (live) => on.link(live),
    });
    this.counts = new Counts({ ...env, now: () => this.now() }, () => on.counted(), (version) => this.#grow(version));
    this.hold = new Hold({ ...env, now: () => this.now() }, {
      changed: () => this.#owned(),
      own: (hold) => this.#changed(this.seats.own(hold)),
      taken: (ids) => this.#lost(ids),
      say: (word, detail) => on.say(word, detail),
      over: (why) => this.#over(why),
    });
  }

  // now is the server's time, as well as we know it, and never ahead of it: no lock is over here before it is there.
  now() {
    return this.env.now() + this.skew;
  }

  async start() {
    const sync = this.#sync();
    if (await this.#open()) sync.then(() => this.#begin());
  }

  #begin() {
    this.feed.start();
    this.hold.start();
    this.counts.start();
  }

  async #open(attempt = 0) {
    const answer = await this.env.api.map();
    if (answer.status === 200 && answer.body.sections) {
      this.venue = new Venue(answer.body);
      this.on.opened();
      return true;
    }
    this.on.failed(answer.status);
    if (answer.status === 404) return false;
    const pause = answer.retryAfter || Math.min(2 ** attempt, 16) * second * (0.5 + this.env.random());
    this.env.after(pause, async () => {
      if (await this.#open(attempt + 1)) this.#begin();
    });
    return false;
  }

  // grow reads the map again when there is a newer one: during a sale seats are added.
  async #grow(version) {
    if (!this.venue || !(version > this.venue.version)) return;
    const { status, body } = await this.env.api.map();
    if (status !== 200 || !(body.version > this.venue.version)) return; // an old copy: the next count asks again
    this.venue.grow(body);
    this.on.grown();
    this.#owned();
  }

  // sync learns the server's time, by which locks end.
  async #sync() {
    const answer = await this.env.api.status();
    if (answer.status === 200 && answer.body.now) this.skew = skew(answer.body.now, this.env.now());
  }

  // load fetches a section's rows, and tries again until it has them.
  load(id) {
    const section = this.venue.sections.get(id);
    if (!section || section.loaded) return Promise.resolve();
    section.asked ||= new Promise((resolve) => this.#rows(section, resolve));
    return section.asked;
  }

  async #rows(section, resolve) {
    const answer = await this.env.api.section(section.id);
    if (answer.status === 200 && answer.body.id) {
      this.venue.load(answer.body);
      this.on.loaded(section);
      return resolve();
    }
    this.env.after((2 + 3 * this.env.random()) * second, () => this.#rows(section, resolve));
  }

  // rows loads the sections of these seats, so that they have names and prices.
  rows(ids) {
    return Promise.all([...new Set(ids.map(sectionOf))].map((id) => this.load(id)));
  }

  // known reports whether each of these seats has a name and a price, one's own if none are given.
  known(ids = this.hold.shown()) {
    return ids.every((id) => this.venue.price(this.venue.seat(id)) !== null);
  }

  // price is what one of one's seats costs, at its price type.
  price(id) {
    return this.venue.price(this.venue.seat(id), this.hold.types[id]);
  }

  // sum is what one's seats cost, null while that isn't known.
  sum() {
    const { hold, venue } = this;
    if (!hold.want) return hold.total;
    return this.known() ? hold.want.reduce((sum, id) => sum + this.price(id), 0) : null;
  }

  // owned follows one's own seats: their rows are loaded wherever they are.
  #owned() {
    if (this.venue) this.rows(this.hold.shown());
    this.on.own();
  }

  // look says which sections are on view; those with one's own seats always are.
  look(ids) {
    const own = this.hold.shown().map(sectionOf);
    this.looked = ids;
    this.feed.look([...new Set([...own, ...ids])]);
  }

  // status of a seat, with those that are being asked for.
  status(id) {
    return this.seats.status(id, this.now());
  }

  // shown is the status as it is drawn: pending while a choice is on its way.
  shown(id) {
    const status = this.status(id);
    const want = this.hold.want;
    if (!want) return status;
    if (want.includes(id)) return status === 'mine' ? 'mine' : 'pending';
    return status === 'mine' ? 'available' : status;
  }

  // free is how many seats of a section are available: by its marks while they come in, else as they were counted last;
  // null when it isn't known.
  free(section) {
    const watched = this.read.has(section.id) && this.feed.wanted.includes(section.id);
    const counted = watched ? null : this.counts.of(section.id);
    if (counted !== null) return counted;
    return this.read.has(section.id) ? Math.max(section.seats - this.seats.gone(section.id, this.now()), 0) : null;
  }

  #read(body) {
    const first = !this.read.has(body.section);
    this.read.add(body.section);
    this.#changed(this.seats.snapshot(body));
    if (first && this.venue) this.on.counted();
  }

  // gone reports whether, as far as is known here, nothing is left for anybody.
  gone() {
    return [...this.venue.sections.values()].every((section) => this.free(section) === 0);
  }

  // choose takes a seat or gives it back; it says so when the seat isn't available.
  choose(seat) {
    const status = this.shown(seat.id);
    if (status === 'taken' || status === 'locked') return this.on.say('notThat', status);
    this.hold.toggle(seat.id);
  }

  // place takes one more place of a standing area: any free one, at random, since others take them too.
  place(section) {
    const free = [];
    for (let i = 1; i <= section.seats; i++) {
      const id = section.id + '-' + i;
      if (this.shown(id) === 'available') free.push(id);
    }
    if (!free.length) return this.on.say('none', 1);
    this.hold.toggle(free[Math.floor(this.env.random() * free.length)]);
  }

  // tick is called at least every second, and at the instant when the next lock ends.
  tick() {
    const now = this.now();
    const ended = this.seats.ended(this.ticked || now, now);
    this.ticked = now;
    this.hold.tick();
    this.#changed(ended);
  }

  // next is the time until a seat changes by itself, in ms.
  next() {
    return this.seats.next(this.now()) - this.now();
  }

  wake() {
    this.#sync();
    this.feed.wake();
    this.counts.wake();
    if (!this.hold.busy) this.hold.start();
  }

  stop() {
    this.feed.stop();
    this.counts.stop();
  }

  #changed(ids) {
    if (!this.venue || !ids.length) return;
    this.on.changed(ids);
    if (this.#sections(ids)) this.look(this.looked);
  }

  // sections reports whether one's own seats lie where nobody looks yet.
  #sections(ids) {
    return ids.some((id) => this.hold.seats.includes(id) && !this.feed.wanted.includes(sectionOf(id)));
  }

  #lost(ids) {
    for (const id of ids) this.seats.lost(id, this.now());
    for (const section of new Set(ids.map(sectionOf))) this.feed.read(section);
    this.#changed(ids);
  }

  #over(why) {
    this.stop();
    this.on.over(why);
  }
}
