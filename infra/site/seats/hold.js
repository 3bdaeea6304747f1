// The buyer's own seats: what is held, what is asked for, and what the answers mean. Choices go out one at a time,
// and each names every seat that is wanted, so that a repeated or reordered one does no harm.
//
// env: now() of the server · random() · after(ms, fn) → cancel · api (shared/sale.js) · renew(), a promise of better access ·
//      tell(), tells the other windows

const tries = 3;

export class Hold {
  // on: {changed(), own(hold), taken(ids), say(word, detail), over(why)}
  constructor(env, on) {
    Object.assign(this, { env, on, seats: [], until: 0, since: 0, total: 0, want: null, types: {}, busy: false, limit: 8, bought: 0, known: false });
  }

  // start asks what is held already, from before a reload or in another tab.
  async start() {
    const had = this.seats;
    const answer = await this.env.api.held();
    if (answer.status !== 200 || this.seats !== had) return; // or something was granted meanwhile
    this.#learn(answer.body);
    if (!this.busy && !this.want) this.#own(answer.body);
  }

  // shown is the seats to be drawn as one's own: those held, and those asked for.
  shown() {
    return this.want || this.seats;
  }

  live() {
    return this.seats.length > 0 && this.until > this.env.now();
  }

  // room is how many seats the buyer may hold at once: the limit less those bought.
  room() {
    return Math.max(this.limit - this.bought, 0);
  }

  // toggle asks for a seat, or gives it back. It returns false when the buyer has as many as are allowed; with one
  // seat a buyer, another takes its place.
  toggle(id) {
    const now = this.#current();
    if (now.includes(id)) return this.#ask(now.filter((other) => other !== id));
    if (!this.known || now.length < this.room()) return this.#ask([...now, id]);
    if (this.room() === 1) return this.#ask([id]);
    this.#tooMany();
    return false;
  }

  // swap asks for exactly these seats; none gives all back.
  swap(ids) {
    return this.#ask(ids);
  }

  // at asks for one of one's seats at another price type.
  at(id, type) {
    this.types = { ...this.types, [id]: type };
    this.#ask(this.#current());
  }

  // best asks for n seats side by side, as near the stage as there are, instead of those held.
  async best(wish) {
    if (this.busy) return;
    if (this.known && wish.n > this.room()) return this.#tooMany();
    this.want = null;
    await this.#send({ best: wish });
  }

  // tick is called as time passes: an expired hold is nobody's.
  tick() {
    if (this.seats.length && this.until <= this.env.now() && !this.busy) {
      this.on.say('expired', this.seats);
      this.#own({});
    }
  }

  #current() {
    return this.want || (this.live() ? this.seats : []);
  }

  #ask(ids) {
    this.want = ids;
    if (this.busy) this.on.changed();
    else this.#send(this.#wish(ids));
    return true;
  }

  // wish asks for seats, each at its price type.
  #wish(ids) {
    const typed = ids.filter((id) => this.types[id]).map((id) => [id, this.types[id]]);
    return { seats: ids, ...(typed.length && { types: Object.fromEntries(typed) }) };
  }

  async #send(wish, attempt = 1) {
    this.busy = true;
    const asked = this.env.api.choose(wish); // it is drawn while the answer is on its way
    this.on.changed();
    const answer = await asked;
    if (answer.status === 200) return this.#granted(wish, answer.body);
    const later = answer.status === 0 || answer.status >= 500 || answer.body.code === 'conflict';
    const stale = answer.status === 401;
    if ((later && attempt < tries) || (stale && attempt === 1)) {
      if (stale) await this.env.renew();
      const pause = answer.retryAfter || attempt * (400 + 400 * this.env.random());
      return void this.env.after(stale ? 0 : pause, () => this.#send(this.#latest(wish), attempt + 1));
    }
    this.#refused(wish, answer);
  }

  // latest is what is wanted by now; a wish for the best stays what it is.
  #latest(wish) {
    return wish.best || !this.want ? wish : this.#wish(this.want);
  }

  #granted(wish, body) {
    this.busy = false;
    const more = this.want && wish.seats && JSON.stringify(this.#wish(this.want)) !== JSON.stringify(wish) ? this.#wish(this.want) : null;
    const { types } = this;
    this.want = more && more.seats;
    const had = this.seats;
    this.#own(body);
    this.env.tell?.();
    const gained = this.seats.filter((id) => !had.includes(id));
    const lost = had.filter((id) => !this.seats.includes(id));
    if (!more) return this.on.say(gained.length ? 'held' : lost.length || !had.length ? 'released' : 'total', gained.length ? gained : lost);
    this.types = types;
    this.#send(more);
  }

  #refused(wish, answer) {
    this.busy = false;
    this.want = null;
    this.types = this.sold || {};
    const { body } = answer;
    if (body.code === 'seat_taken') {
      this.on.taken(body.seats || wish.seats || []);
      this.on.say('taken', body.seats || []);
    } else if (body.field === 'types') this.on.say('typeLimit');
    else if (body.code === 'together') this.on.say(body.field);
    else if (body.code === 'limit') {
      this.start().then(() => this.#tooMany()); // whatever let us ask for too many
    } else if (body.code === 'no_seats') this.on.say('none', wish.best);
    else if (body.code === 'cooling') this.on.say('cooling', answer.retryAfter || 15000);
    else if (body.code === 'paying') this.on.say('paying');
    else if (answer.status === 401 || answer.status === 410) this.on.over('ended');
    else if (body.code === 'not_open') this.on.say('closed');
    else if (answer.status === 429) this.on.say('cooling', answer.retryAfter || 5000);
    else this.on.say('trouble');
    this.on.changed();
  }

  #tooMany() {
    this.on.say('limit', this.known ? { limit: this.limit, bought: this.bought } : null);
  }

  #learn(body) {
    if (body.limit) Object.assign(this, { limit: body.limit, bought: body.bought || 0, known: true });
  }

  #own(body) {
    const seats = body.seats || [];
    if (!this.seats.length || seats.some((id) => !this.seats.includes(id))) this.since = this.env.now();
    this.types = this.sold = body.types || {};
    Object.assign(this, { seats, until: body.until || 0, total: seats.length ? body.total ?? null : 0, paying: Boolean(body.paying) });
    this.#learn(body);
    this.on.own({ seats, until: this.until });
    this.on.changed();
  }
}
