// The buyer's own seats beside the map: which, how long still, what they cost all in, and what can be done with them.
// On small screens it stays at the foot, folded.

import { clock } from '../shared/clock.js';
import { around, say } from '../shared/say.js';
import { h } from './dom.js';
import { standard } from './venue.js';

export class Bar {
  // on: {name(id), money(minor), checkOut()}
  constructor(t, on) {
    Object.assign(this, { t, on, folded: true, key: '' });
    this.root = h('section', { class: 'hold', 'aria-label': t.hold.none });
  }

  // show draws the seats, those being asked for included. Focus that would be lost goes to the checkout, or to `otherwise`.
  show(sale, ids, otherwise) {
    const { t, on } = this;
    const { hold, venue } = sale;
    const key = JSON.stringify([ids, hold.seats, hold.until, hold.busy, hold.known, hold.limit, hold.bought, hold.paying, hold.types, ids.map((id) => Boolean(venue.seat(id)))]);
    if (key === this.key) return;
    this.key = key;
    const shadow = this.root.getRootNode();
    const focused = this.root.contains(shadow.activeElement) && shadow.activeElement;
    const some = ids.length > 0;
    this.time = h('b', { class: 'time', translate: 'no' });
    const n = ids.length;
    const head = some ? say(t.hold.head, { n }) : t.hold.none;
    this.root.classList.toggle('some', some);
    this.root.classList.toggle('folded', this.folded);
    this.root.replaceChildren(
      h('h3', {}, head),
      some ? h('p', { class: 'left' }, ...around(t.hold.left, this.time)) : h('p', { class: 'help' }, this.#empty(hold)),
      h('div', { class: 'fuse', 'aria-hidden': 'true', hidden: !some }, (this.fuse = h('i'))),
      some ? h('button', { class: 'fold', 'aria-expanded': String(!this.folded), 'aria-controls': 'own', onclick: () => this.#fold() }, venue.types.length ? say(t.hold.typed, { n }) : head) : '',
      h('ul', { id: 'own' }, ...ids.map((id) => this.#item(sale, id))),
      some && hold.known && ids.length < hold.room() ? h('p', { class: 'help more' }, say(t.hold.more, { n: hold.room() - n })) : '',
      some ? h('p', { class: 'total' }, h('span', {}, t.hold.total), h('b', {}, on.money(sale.sum()))) : '',
      some ? h('div', { class: 'buttons' },
        h('button', { class: 'main', disabled: hold.busy || !hold.seats.length || !sale.known(), onclick: on.checkOut }, hold.paying ? t.hold.goOn : t.hold.checkout),
        h('button', { class: 'quiet', onclick: () => hold.swap([]) }, t.hold.release)) : '');
    if (focused) (shadow.getElementById(focused.id) || this.root.querySelector('.main:not(:disabled)') || otherwise).focus();
  }

  // empty says what may be chosen, once that is known.
  #empty(hold) {
    const { t } = this;
    if (!hold.known) return t.hold.empty;
    return hold.room() ? say(t.hold.emptyUpTo, { n: hold.room() }) : say(t.hold.full, { n: hold.limit });
  }

  // times shows how much of the hold's time is left.
  times(live, left, hold) {
    if (this.time) this.time.textContent = live ? clock(left) : '–:––';
    if (this.fuse) this.fuse.style.setProperty('--part', live ? Math.max(left / Math.max(hold.until - hold.since, 1), 0) : 0);
    this.root.classList.toggle('soon', live && left < 60000);
  }

  #item(sale, id) {
    const name = this.on.name(id);
    const seat = sale.venue.seat(id);
    const c = seat && sale.venue.categories.get(seat.category);
    const types = sale.venue.typesOf(seat);
    return h('li', { class: sale.shown(id) === 'pending' ? 'pending' : '' },
      h('span', { translate: 'no' }, name, c ? h('small', {}, types[1] ? c.name : `${c.name} · ${this.on.money(c.price)}`) : '', types[1] ? this.#types(sale, id, name, types) : ''),
      h('button', { class: 'drop', 'aria-label': say(this.t.hold.drop, { seat: name }), onclick: () => sale.hold.toggle(id) }, '×'));
  }

  // types is the choice of a price type for a seat. One that is used up can't be chosen.
  #types(sale, id, name, types) {
    const now = sale.hold.types[id] || standard;
    const used = (type) => sale.hold.shown().filter((other) => other !== id && sale.hold.types[other] === type.id).length;
    return h('select', { id: 'type-' + id, 'aria-label': say(this.t.hold.type, { seat: name }), onchange: (e) => sale.hold.at(id, e.target.value) },
      ...types.map((type) => h('option', { value: type.id, selected: type.id === now, disabled: Boolean(type.most) && used(type) >= type.most },
        `${type.name} · ${this.on.money(sale.venue.price(sale.venue.seat(id), type.id))}${type.note ? ` (${type.note})` : ''}`)));
  }

  // fold hides the list of seats where the screen is small.
  #fold() {
    this.folded = !this.folded;
    this.root.classList.toggle('folded', this.folded);
    this.root.querySelector('.fold').setAttribute('aria-expanded', String(!this.folded));
  }
}
