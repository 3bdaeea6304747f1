// A visit inside: when to renew, and what an answer means. All tabs of a browser share one visit through `kept`, so
// that only one of them renews.

import { cancel } from '../shared/env.js';
import { stay } from '../shared/stay.js';

const second = 1000;
const warn = 60 * second;

export class Visit {
  constructor(env) {
    this.env = env;
    this.until = 0;
    this.over = false;
  }

  // endsIn is how many seconds the visit still lasts, 0 while that is unknown.
  get endsIn() {
    return this.until ? Math.max(0, Math.ceil((this.until - this.env.now()) / second)) : 0;
  }

  start() {
    const kept = this.env.kept.get();
    if (kept && kept.until > this.env.now()) this.#learn(kept);
    else this.#renewIn((1 + 4 * this.env.random()) * second); // came in without the page: ask how long
  }

  // seen is called when somebody looks at the page again, or the network is back.
  seen() {
    if (!this.over && this.env.visible()) this.start();
  }

  async renew() {
    if (this.over || this.busy) return;
    this.busy = true;
    if (this.env.kept.get() || !(await this.#free())) await this.#ask();
    this.busy = false;
  }

  // free reports whether everybody is let through: then nobody needs a slot, and a page that loads again for want of
  // one would load itself for ever.
  async #free() {
    const { body } = await this.env.api.status();
    return body.policy === 'passthrough';
  }

  async #ask() {
    const answer = await this.env.api.enter();
    const word = this.env.verdict(answer);
    if (word === 'ok' && answer.body.state === 'inside') {
      const times = stay(answer.body, this.env.now());
      this.env.kept.set(times);
      this.#learn(times);
      this.env.tell('renewed', { endsIn: answer.body.endsIn });
    } else if (word === 'busy' || word === 'ok') this.#renewIn(answer.retryAfter || (5 + 10 * this.env.random()) * second);
    else if (await this.#free()) this.env.kept.set(null);
    else this.#end();
  }

  async leave() {
    const left = this.env.verdict(await this.env.api.leave()) === 'ok';
    if (!left) return false;
    this.#stop();
    this.env.kept.set(null);
    this.env.tell('left', {});
    return true;
  }

  #learn({ until, renewAt }) {
    const now = this.env.now();
    this.until = until;
    cancel(this, 'ending');
    this.ending = this.env.after(Math.max(0, until - warn - now), () => this.env.tell('ending', { endsIn: this.endsIn }));
    // Early by up to a tenth, 10 s at most, so that tabs and visitors don't renew in step.
    const left = Math.max(0, renewAt - now);
    this.#renewIn(left - Math.min(10 * second, left / 10) * this.env.random());
  }

  #renewIn(ms) {
    cancel(this, 'timer');
    this.timer = this.env.after(ms, () => this.#due());
  }

  // due renews, unless another tab has renewed meanwhile or nobody looks at the page.
  #due() {
    const kept = this.env.kept.get();
    const now = this.env.now();
    if (kept && kept.renewAt > now + 10 * second) return this.#learn(kept);
    if (this.env.visible()) return this.renew();
    if (this.until && now >= this.until) this.#end();
  }

  #end() {
    this.#stop();
    this.env.kept.set(null);
    if (this.env.tell('ended', { endsIn: 0 })) this.env.again();
  }

  #stop() {
    this.over = true;
    cancel(this, 'timer', 'ending');
  }
}
