// Checking out: who buys, what it costs, and on to the payment page. The idempotency key stays the same as long as
// the request does and has no final answer, so that trying again never makes a second order. A buyer who comes back
// after an order's end makes a new one.

import { orderPage } from '../shared/sale.js';
import { h } from './dom.js';

export class Checkout {
  // env: typed, a store for this tab of what was typed · api (shared/sale.js) · now() · random bytes(n) → hex · go(url) · kept, a store of the last order ·
  // held(), called when the seats are kept for longer than was known
  constructor(root, t, env) {
    Object.assign(this, { t, env, key: '', of: '' });
    const c = t.checkout;
    this.lines = h('tbody');
    this.event = h('p', { class: 'event' });
    this.sum = h('td', { class: 'sum' });
    this.email = h('input', { type: 'email', name: 'email', autocomplete: 'email', inputmode: 'email', required: true, maxlength: 254, 'aria-describedby': 'email-help email-bad' });
    this.name = h('input', { type: 'text', name: 'name', autocomplete: 'name', required: true, maxlength: 100, 'aria-describedby': 'name-help name-bad' });
    this.bad = h('p', { class: 'bad', role: 'alert' });
    this.pay = h('button', { class: 'main', type: 'submit' }, c.head);
    this.left = h('b');
    this.note = h('p', { class: 'note', hidden: true });
    this.said = h('p', { class: 'unseen', role: 'status' }); // what is outside an open dialog isn't read out
    this.dialog = h('dialog', { 'aria-labelledby': 'checkout-head' },
      h('form', { novalidate: true, onsubmit: (e) => { e.preventDefault(); this.#submit(); } },
        h('h3', { id: 'checkout-head' }, c.head), this.event,
        h('p', { class: 'left' }, this.left, ' ' + t.hold.left),
        h('table', {},
          h('thead', { class: 'unseen' }, h('tr', {}, h('th', {}, c.seat), h('th', {}, c.price))),
          this.lines,
          h('tfoot', {}, h('tr', {}, h('th', { scope: 'row' }, c.all), this.sum))),
        h('p', { class: 'help' }, c.fees),
        this.#field(c.email, this.email, c.emailHelp, 'email'),
        this.#field(c.name, this.name, c.nameHelp, 'name'),
        this.note, this.bad, this.said,
        h('div', { class: 'buttons' }, this.pay, h('button', { type: 'button', class: 'quiet', onclick: () => this.dialog.close() }, c.back)),
        h('p', { class: 'help' }, c.note)));
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

  // open shows the form for these lines: [{name, price}], the sum as text, and the seats.
  open({ lines, sum, seats, until, most }) {
    Object.assign(this, { seats, until, most });
    this.lines.replaceChildren(...lines.map((l) => h('tr', {}, h('th', { scope: 'row' }, l.name), h('td', {}, l.price))));
    this.sum.textContent = sum;
    this.pay.textContent = this.t.checkout.pay(sum);
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
    const c = this.t.checkout;
    const buyer = { email: this.email.value.trim(), name: this.name.value.trim().replace(/\s+/g, ' ') };
    const mail = this.#check(this.email, /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(buyer.email), c.badEmail);
    const name = this.#check(this.name, buyer.name.length > 0, c.badName);
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
    this.pay.textContent = busy ? this.t.checkout.going : this.t.checkout.pay(this.sum.textContent);
    if (busy) this.bad.textContent = '';
  }

  #why({ status, body }) {
    const c = this.t.checkout;
    if (body.heldUntil) {
      this.until = body.heldUntil;
      this.env.held();
    }
    if (body.code === 'refused') return this.#refused(body.field);
    if (status === 0 || status >= 500 || status === 429) return c.trouble(this.t.clockTime(this.until));
    if (body.code === 'limit') return c.limit(this.most);
    if (body.code === 'no_seats' || body.code === 'seat_taken' || body.code === 'ended') return c.lost;
    return [body.detail, c.refused].filter(Boolean).join('. ').replace('..', '.');
  }

  // refused says what the payment provider refused, and leads to the field to correct.
  #refused(field) {
    const c = this.t.checkout;
    if (field === 'email') {
      this.#check(this.email, false, c.refusals.email);
      this.email.focus();
      return '';
    }
    return c.refusals[field] || c.failed;
  }

  // ordered goes on to the payment page, or where there is none yet, to the order's own page, which says more.
  #ordered(body) {
    this.env.typed.set('foyer-buyer', null);
    this.env.kept.set({ order: body.order, secret: body.secret, deadline: body.deadline });
    this.env.go(body.checkoutUrl || orderPage(body.order, body.secret));
  }
}
