// The conduct of the order's page: it asks how the order stands, often at first and then less and less, until nothing
// can change any more.
//
// env: now() · random() · after(ms, fn) → cancel · api (shared/sale.js, orders) · visible() ·
//      own (shared/vault.js), what was kept of the order: {order, at}

import { skew } from '../shared/env.js';
import { pause } from './present.js';

const wrong = [400, 401, 403, 404]; // a link that opens nothing

export class Order {
  // options: back, whether the buyer came back from the payment page without paying · fresh, whether they seem to come
  // from having paid
  constructor(env, options, changed) {
    Object.assign(this, { env, changed });
    this.m = { order: null, skew: 0, trouble: 0, asked: 0, gone: false, cancelling: false, hopes: options.fresh ? env.now() + 20000 : 0, ...options };
  }

  now() {
    return this.env.now() + this.m.skew;
  }

  start() {
    return this.ask();
  }

  // wake is called when the page is seen again.
  wake() {
    this.m.asked = 0;
    return this.ask();
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    if (this.timer) this.timer();
    const answer = await this.env.api.read();
    await this.#keep(answer);
    this.asking = false;
    this.m.asked++;
    this.#learn(answer);
  }

  // keep keeps what was bought, for where there is no connection, and brings it back there.
  async #keep({ status, body }) {
    const { m } = this;
    const { own } = this.env;
    m.offline = !status;
    if (status === 200 && body.order) {
      m.at = this.env.now();
      if (['authorised', 'paid', 'refunded'].includes(body.state)) await own.set({ order: body, at: m.at });
    } else if (wrong.includes(status)) own.forget();
    else if (!m.order) {
      const kept = await own.get();
      if (kept) Object.assign(m, { order: kept.order, at: kept.at, trouble: 1 });
    }
  }

  async cancel() {
    this.m.cancelling = true;
    this.changed();
    const answer = await this.env.api.cancel();
    this.m.cancelling = false;
    this.m.asked = 0;
    if (answer.status === 409) return this.ask(); // it went through meanwhile
    this.#learn(answer);
  }

  // mail has the tickets mailed again, to this address, and says what became of it: sent, soon, often, address or error.
  async mail(email) {
    const answer = await this.env.api.mail(email);
    const became = { 200: 'sent', 429: 'soon', 409: 'often', 400: 'address' }[answer.status] || 'error';
    if (became === 'sent') this.#learn(answer);
    return became;
  }

  #learn(answer) {
    const { m } = this;
    if (answer.status === 200 && answer.body.order) {
      if (m.order && m.order.state !== answer.body.state) m.asked = 0;
      Object.assign(m, { order: answer.body, trouble: 0, gone: false });
      if (answer.body.now) m.skew = skew(answer.body.now, this.env.now());
    } else if (wrong.includes(answer.status) && !m.order) m.gone = true;
    else m.trouble++;
    this.changed();
    const ms = pause(m, this.now(), this.env.random);
    if (ms === null) return;
    if (this.timer) this.timer();
    this.timer = this.env.after(Math.max(this.env.visible() ? ms : Math.max(ms, 30000), answer.retryAfter), () => this.ask());
  }
}
