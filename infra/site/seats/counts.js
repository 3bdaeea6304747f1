// How many seats of each section are free, for the sections that nobody looks into: counted by the sale every few
// seconds and kept by the CDN, so that a million maps cost the back-end no more than one.
//
// env: now() of the server · random() · after(ms, fn) → cancel · visible() · api (shared/sale.js)

const second = 1000;
const stale = 90 * second; // after which a count says nothing any more

export class Counts {
  // changed is called when there is something new, and map with the version of the map that there is.
  constructor(env, changed, map) {
    Object.assign(this, { env, changed, map, at: 0, sections: {}, stopped: false });
  }

  async start() {
    if (this.stopped || this.asking) return;
    this.asking = true;
    const answer = this.env.visible() || !this.at ? await this.env.api.counts() : { status: 0 };
    this.asking = false;
    if (this.stopped) return;
    this.map(answer.body?.map);
    if (answer.status === 200 && answer.body.free && answer.body.at > this.at) {
      Object.assign(this, { at: answer.body.at, sections: answer.body.free });
      this.changed();
    }
    this.cancel = this.env.after((15 + 10 * this.env.random()) * second, () => this.start());
  }

  // wake is called when the page is seen again.
  wake() {
    if (this.cancel) this.cancel();
    this.start();
  }

  // of is the section's free seats, null when it isn't known.
  of(id) {
    const n = this.sections[id];
    return n === undefined || this.at < this.env.now() - stale ? null : n;
  }

  stop() {
    this.stopped = true;
    if (this.cancel) this.cancel();
  }
}
