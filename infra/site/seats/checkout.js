// Checking out: who buys, what it costs, and on to the payment page. The idempotency key stays the same as long as
// the request does and has no final answer, so that trying again never makes a second order. A buyer who comes back
// after an order's end makes a new one.

import { moment } from '../shared/moment.js';
import { orderPage } from '../shared/sale.js';
import { around, say } from '../shared/say.js';
import { h } from './dom.js';

export class Checkout {
  // env: typed, a store for this tab of what was typed · api (shared/sale.js) · random bytes(n) → hex · go(url) · kept, a store of the last order ·
  // held(), called when the seats are kept for longer than was known
  constructor(root, t, env) {
    Object.assign(this, { t, env, key: '', of: '' });
    this.lines = h('tbody');
    this.event = h('p', { class: 'event' });
    this.sum = h('td', { class: 'sum' });
    this.email = h('input', { type: 'email', name: 'email', autocomplete: 'email', inputmode: 'email', required: true, maxlength: 254, 'aria-describedby': 'email-help email-bad' });
    this.name = h('input', { type: 'text', name: 'name', autocomplete: 'name', required: true, maxlength: 100, 'aria-describedby': 'name-help name-bad' });
    this.bad = h('p', { class: 'bad', role: 'alert' });
    this.pay = h('button', { class: 'main', type: 'submit' }, t.checkout.head);
    this.left = h('b', { translate: 'no' });
    this.note = h('p', { class: 'note', hidden: true });
    this.said = h('p', { class: 'unseen', role: 'status' }); // what is outside an open dialog isn't read out
    this.dialog = h('dialog', { 'aria-labelledby': 'checkout-head' },
      h('form', { novalidate: true, onsubmit: (e) => { e.preventDefault(); this.#submit(); } },
        h('h3', { id: 'checkout-head' }, t.checkout.head), this.event,
        h('p', { class: 'left' }, ...around(t.hold.left, this.left)),
        h('table', {},
          h('thead', { class: 'unseen' }, h('tr', {}, h('th', {}, t.checkout.seat), h('th', {}, t.checkout.price))),
          this.lines,
          h('tfoot', {}, h('tr', {}, h('th', { scope: 'row' }, t.checkout.all), this.sum))),
        h('p', { class: 'help' }, t.checkout.fees),
        this.#field(t.checkout.email, this.email, t.checkout.emailHelp, 'email'),
        this.#field(t.checkout.name, this.name, t.checkout.nameHelp, 'name'),
        this.note, this.bad, this.said,
        h('div', { class: 'buttons' }, this.pay, h('button', { type: 'button', class: 'quiet', onclick: () => this.dialog.close() }, t.checkout.back)),
        h('p', { class: 'help' }, t.checkout.note)));
    root.append(this.dialog);
    const typed = env.typed.get('foyer-buyer') || {};
    for (const field of ['email', 'name']) {
      this[field].value = typed[field] || '';
      this[field].addEventListener('input', () => env.typed.set('foyer-buyer', { email: this.email.value, name: this.name.value }));
    }
  }

  #field(label, input, help, id) {
    input.id = 'f-' + id;
    return h('p', { class: 'field' }, h('label', { for: input.id }, label), input,
      h('small', { id: id + '-help' }, help), h('small', { id: id + '-bad', class: 'bad' }));
  }

  // open shows the form for the event and these lines: [{name, price}], the sum as text, and the seats.
  open({ event, lines, sum, seats, until, most }) {
    Object.assign(this, { seats, until, most });
    this.event.textContent = event;
    this.lines.replaceChildren(...lines.map((l) => h('tr', {}, h('th', { scope: 'row', translate: 'no' }, l.name), h('td', {}, l.price))));
    this.sum.textContent = sum;
    this.pay.textContent = say(this.t.checkout.pay, { sum });
    this.pay.disabled = false;
    this.note.hidden = true;
    this.bad.textContent = '';
    this.dialog.showModal();
    this.email.focus();
  }

  // tick shows the time that is left, and closes the form with the hold.
  tick(left, held) {
    if (!this.dialog.open) return;
    this.left.textContent = left;
    if (!held && !this.busy) {
      this.bad.textContent = this.t.checkout.lost;
      this.pay.disabled = true;
    }
  }

  #check(input, well, words) {
    const note = input.parentNode.querySelector('.bad');
    note.textContent = well ? '' : words;
    input.setAttribute('aria-invalid', String(!well));
    return well;
  }

  async #submit() {
    const { t } = this;
    const buyer = { email: this.email.value.trim(), name: this.name.value.trim().replace(/\s+/g, ' ') };
    const mail = this.#check(this.email, /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(buyer.email), t.checkout.badEmail);
    const name = this.#check(this.name, buyer.name.length > 0, t.checkout.badName);
    if (!mail) return this.email.focus();
    if (!name) return this.name.focus();
    const of = JSON.stringify([buyer, this.seats]);
    if (of !== this.of) Object.assign(this, { of, key: this.env.hex(16) });
    this.#wait(true);
    const answer = await this.env.api.order(buyer, this.key);
    this.busy = false;
    if (answer.status === 200 || answer.status === 201 || answer.body.code === 'refused') this.of = '';
    if ((answer.status === 200 || answer.status === 201) && answer.body.order) return this.#ordered(answer.body);
    this.#wait(false);
    this.bad.textContent = this.#why(answer);
  }

  #wait(busy) {
    this.busy = busy;
    this.pay.disabled = busy;
    this.pay.textContent = busy ? this.t.checkout.going : say(this.t.checkout.pay, { sum: this.sum.textContent });
    if (busy) this.bad.textContent = '';
  }

  #why({ status, body }) {
    const { t } = this;
    if (body.heldUntil) {
      this.until = body.heldUntil;
      this.env.held();
    }
    if (body.code === 'refused') return this.#refused(body.field);
    if (status === 0 || status >= 500 || status === 429) return say(t.checkout.trouble, { until: moment(this.until) });
    if (body.code === 'limit' && body.field === 'types') return t.said.typeLimit;
    if (body.code === 'limit') return this.most ? say(t.checkout.limit, { n: this.most }) : t.checkout.limitUnknown;
    if (body.code === 'no_seats' || body.code === 'seat_taken' || body.code === 'ended') return t.checkout.lost;
    return t.checkout.refused;
  }

  // refused says what the payment provider refused, and leads to the field to correct.
  #refused(field) {
    const { t } = this;
    if (field === 'email') {
      this.#check(this.email, false, t.checkout.refusals.email);
      this.email.focus();
      return '';
    }
    return t.checkout.refusals[field] || t.checkout.failed;
  }

  // ordered goes on to the payment page, or where there is none yet, to the order's own page, which says more.
  #ordered(body) {
    this.env.typed.set('foyer-buyer', null);
    this.env.kept.set({ order: body.order, secret: body.secret, deadline: body.deadline });
    this.env.go(body.checkoutUrl || orderPage(body.order, body.secret));
  }
}
