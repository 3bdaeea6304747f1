// What everybody may know of seats, and what of it still holds. Pure: it takes messages, snapshots and times.
//
// All that is said about a seat has a version, which counts the seat's changes. The highest wins in whatever order
// messages come, and one that came already changes nothing. A lock carries its end, so no message has to say that a
// seat is available again.

const slack = 2000; // ms that a snapshot may lag behind what its time says

export class Seats {
  constructor() {
    this.sections = new Map(); // section → Map of id → {v, s, u, at}: those that were ever touched
    this.hold = { seats: [], until: 0 }; // the buyer's own
  }

  // message takes {section, at, seats: {id: {v, s, u}}}: s is a, l or t, u is when a lock ends. It gives the ids that
  // it changed.
  message({ section, at = 0, seats }) {
    const known = this.#of(section);
    const changed = [];
    for (const id in seats) {
      const { v, s, u = 0 } = seats[id];
      const had = known.get(id);
      if (had && had.v >= v) continue;
      known.set(id, { v, s, u, at });
      if (!had || had.s !== s || had.u !== u) changed.push(id);
    }
    return changed;
  }

  // snapshot takes the same, of every seat of the section that isn't available. What was known of others is over,
  // unless it is younger than the snapshot.
  snapshot({ section, at, seats }) {
    const changed = this.message({ section, at, seats });
    for (const [id, had] of this.#of(section)) {
      if (seats[id] || had.s === 'a' || had.at > at - slack) continue;
      this.#of(section).set(id, { ...had, s: 'a', u: 0 });
      changed.push(id);
    }
    return changed;
  }

  // own takes what the buyer holds now: {seats, until}. Seats that were given up are available until somebody says
  // otherwise.
  own(hold) {
    const before = this.hold.seats;
    this.hold = { seats: [...hold.seats], until: hold.until || 0 };
    const given = before.filter((id) => !hold.seats.includes(id));
    for (const id of given) this.#free(id);
    return [...given, ...hold.seats.filter((id) => !before.includes(id))];
  }

  // lost notes that somebody else has a seat, before a message says so and until when.
  lost(id, now) {
    const known = this.#of(sectionOf(id));
    const had = known.get(id) || { v: 0, at: 0 };
    if (had.s === 'a' || !had.s || (had.s === 'l' && had.u <= now)) known.set(id, { ...had, s: 'l', u: now + 5000, at: now });
  }

  // status is 'available', 'mine', 'locked' or 'taken' at a time of the server's clock.
  status(id, now) {
    const had = this.#of(sectionOf(id)).get(id);
    if (had && had.s === 't') return 'taken';
    if (this.hold.until > now && this.hold.seats.includes(id)) return 'mine';
    return had && had.s === 'l' && had.u > now ? 'locked' : 'available';
  }

  // until is when a lock ends, 0 for a seat that isn't locked.
  until(id, now) {
    const status = this.status(id, now);
    if (status === 'mine') return this.hold.until;
    return status === 'locked' ? this.#of(sectionOf(id)).get(id).u : 0;
  }

  // taken is how many of the section's seats aren't available.
  gone(section, now) {
    let n = 0;
    for (const id of this.#of(section).keys()) {
      if (this.status(id, now) !== 'available') n++;
    }
    for (const id of this.hold.seats) {
      if (sectionOf(id) === section && !this.#of(section).has(id) && this.hold.until > now) n++;
    }
    return n;
  }

  // next is the next time after now at which a seat changes by itself, Infinity when none will.
  next(now) {
    let at = this.hold.seats.length && this.hold.until > now ? this.hold.until : Infinity;
    for (const known of this.sections.values()) {
      for (const { s, u } of known.values()) if (s === 'l' && u > now && u < at) at = u;
    }
    return at;
  }

  // ended is the ids whose lock ended after `since` and not after now.
  ended(since, now) {
    const ids = this.hold.until > since && this.hold.until <= now ? [...this.hold.seats] : [];
    for (const known of this.sections.values()) {
      for (const [id, { s, u }] of known) if (s === 'l' && u > since && u <= now) ids.push(id);
    }
    return ids;
  }

  #free(id) {
    const had = this.#of(sectionOf(id)).get(id);
    if (had && had.s === 'l') this.#of(sectionOf(id)).set(id, { ...had, s: 'a', u: 0 });
  }

  #of(section) {
    if (!this.sections.has(section)) this.sections.set(section, new Map());
    return this.sections.get(section);
  }
}

// sectionOf is the section that a seat's id names.
export const sectionOf = (id) => id.slice(0, id.indexOf('-'));
