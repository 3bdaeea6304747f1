// The list: the same seats in words, for the keyboard, for screen readers, and for those who prefer lists. Sections
// open to rows, rows hold a button per seat; within a section the arrow keys go from seat to seat.

import { say } from '../shared/say.js';
import { h } from './dom.js';

export { legend } from './legend.js';

// css is the style of what comes late.
export const css = () => FOYER_LATER_CSS;

const t = FOYER_TEXTS.list;

export class SeatList {
  // money(minor) · statusOf(id) · shown(id), a status with pending · free(section) · most(), seats of a buyer
  // on: {seat(seat), place(section), group(ids), look(), load(id)}
  constructor(root, venue, parts, on) {
    Object.assign(this, { root, venue, on, ...parts, buttons: new Map(), only: '', open: new Set(), party: 1 });
    this.free_ = h('input', { type: 'checkbox', checked: true });
    this.free_.addEventListener('change', () => this.root.classList.toggle('everything', !this.free_.checked));
    this.size = h('select', { 'aria-label': t.party, onfocus: () => this.#sizes() });
    this.size.addEventListener('change', () => this.#fits(Number(this.size.value)));
    this.#sizes();
    this.sections = h('div', { class: 'sections' });
    root.append(
      h('h3', { class: 'unseen' }, t.head),
      h('p', { class: 'help' }, t.help),
      h('label', { class: 'check' }, this.free_, ' ', t.onlyFree),
      this.size,
      this.sections,
    );
    this.grown();
  }

  // grown puts every section in its place; those that stand there already aren't touched.
  grown() {
    const order = [...this.venue.sections.values()].sort((a, b) => (a.near ?? 0) - (b.near ?? 0));
    for (const old of [...this.sections.children]) if (!order.some((section) => section.details === old)) old.remove();
    order.forEach((section, i) => {
      const { children } = this.sections;
      const node = section.details || this.#section(section);
      if (children[i] !== node) this.sections.insertBefore(node, children[i] || null);
      if (this.open.has(section.id)) node.open = true;
    });
  }

  // filter leaves only sections that have a category.
  filter(category) {
    this.only = category;
    for (const section of this.venue.sections.values()) this.#hide(section);
  }

  // loaded fills a section whose rows came meanwhile.
  loaded(section) {
    if (section.details.open) this.#fill(section);
  }

  changed(ids) {
    const touched = new Set();
    for (const id of ids) {
      const button = this.buttons.get(id);
      const seat = this.venue.seat(id);
      if (button && seat) this.#button(button, seat);
      if (seat) touched.add(seat.section);
      if (seat && seat.of && seat.of.heading) this.#rowName(seat.of);
    }
    for (const section of touched) this.#name(section);
  }

  // seen is the ids of the sections that are open.
  seen() {
    return [...this.open];
  }

  names() {
    for (const section of this.venue.sections.values()) this.#name(section);
  }

  #section(section) {
    section.heading = h('span');
    section.body = h('div', { class: 'rows' });
    section.details = h('details', {}, h('summary', {}, section.heading, h('small', {}, this.#priceOf(section))), section.body);
    section.details.addEventListener('toggle', () => this.#toggled(section));
    this.#name(section);
    return section.details;
  }

  #priceOf(section) {
    const prices = section.categories.map((c) => this.venue.categories.get(c)).filter(Boolean).map((c) => c.price);
    const least = this.money(Math.min(...prices));
    return prices.some((p) => p !== prices[0]) ? say(t.from, { price: least }) : least;
  }

  #toggled(section) {
    if (section.details.open) {
      this.open.add(section.id);
      if (section.loaded) this.#fill(section);
      else {
        section.body.replaceChildren(h('p', {}, t.loadingRows));
        this.on.load(section.id);
      }
    } else this.open.delete(section.id);
    this.on.look();
  }

  #fill(section) {
    if (section.filled) return;
    section.filled = true;
    if (section.kind === 'standing') {
      const button = h('button', { class: 'take', onclick: () => this.on.place(section) }, t.addPlace);
      return section.body.replaceChildren(button);
    }
    section.body.replaceChildren(...section.rows.map((row) => this.#row(row, section)));
    section.body.addEventListener('keydown', (e) => this.#keys(e, section));
    for (const row of section.rows) this.#rowName(row);
    this.#stop(section);
  }

  // stop makes the first that can be taken the section's stop of Tab.
  #stop(section) {
    const all = [...section.body.querySelectorAll('button')].filter((b) => !b.closest('.row').hidden);
    const first = all.find((b) => b.dataset.status === 'available' || b.seats) || all[0];
    for (const button of all) button.tabIndex = button === first ? 0 : -1;
  }

  // sizes offers as many seats side by side as the buyer may have.
  #sizes() {
    const most = Math.max(this.most(), 1);
    if (this.size.length === most) return;
    this.size.replaceChildren(...Array.from({ length: most }, (_, i) => h('option', { value: i + 1 }, i ? say(t.together, { n: i + 1 }) : t.anySize)));
    this.size.value = Math.min(this.party, most);
  }

  // fits leaves only rows in which so many are free side by side, and offers those.
  #fits(party) {
    this.party = party;
    for (const section of this.venue.sections.values()) {
      if (!section.filled || section.kind === 'standing') continue;
      for (const row of section.rows) this.#rowName(row);
      this.#stop(section);
    }
  }

  #row(row, section) {
    const id = `r-${section.id}-${row.id}`;
    row.heading = h('h4', { id });
    row.group = h('div', { role: 'group', 'aria-labelledby': id, class: 'line' },
      ...row.seats.map((seat) => {
        const button = h('button', { tabindex: '-1', onclick: () => this.on.seat(seat) });
        this.buttons.set(seat.id, button);
        button.seat = seat;
        this.#button(button, seat);
        return button;
      }));
    row.offer = h('button', { class: 'take', tabindex: '-1', onclick: () => this.on.group(row.offer.seats.map((seat) => seat.id)) });
    row.offer.seat = { of: row, x: -Infinity };
    return h('div', { class: 'row' }, row.heading, row.group);
  }

  #button(button, seat) {
    const status = this.shown(seat.id);
    if (button.dataset.status === status) return;
    button.dataset.status = status;
    button.textContent = seat.label;
    if (seat.accessible) button.dataset.sign = 'accessible';
    else if (seat.companion) button.dataset.sign = 'companion';
    button.setAttribute('aria-pressed', status === 'mine' || status === 'pending');
    button.toggleAttribute('aria-disabled', false);
    if (status === 'taken' || status === 'locked') button.setAttribute('aria-disabled', 'true');
    else button.removeAttribute('aria-disabled');
    button.setAttribute('aria-label', this.#describe(seat, status));
  }

  // describe is a seat in one sentence.
  #describe(seat, status) {
    const { name: category, price } = this.venue.categories.get(seat.category);
    const sign = seat.accessible ? t.accessible : seat.companion ? t.companion : '';
    return say(sign ? t.signed : t.seat, { row: seat.row, seat: seat.label, sign, category, price: this.money(price), state: t.states[status] });
  }

  #rowName(row) {
    const n = row.seats.filter((seat) => this.statusOf(seat.id) === 'available').length;
    const own = row.seats.some((seat) => this.shown(seat.id) === 'mine');
    row.heading.textContent = say(n ? t.row : t.rowFull, { row: row.label, price: this.#what(row), n });
    row.heading.parentNode?.classList.toggle('full', !n && !own);
    this.#offer(row, own);
  }

  #offer(row, own) {
    const { offer } = row;
    if (!offer) return;
    const seats = (offer.seats = this.party > 1 ? group(row, this.party, (seat) => this.statusOf(seat.id) === 'available') : null);
    row.group.parentNode.hidden = this.party > 1 && !seats && !own;
    if (!seats) return offer.isConnected && this.#withdraw(row);
    if (!offer.isConnected) row.heading.after(offer);
    const prices = seats.map((seat) => this.venue.price(seat));
    offer.textContent = say(t.group, { row: row.label, first: seats[0].label, last: seats.at(-1).label, price: this.money(prices.reduce((a, b) => a + b)) });
  }

  // withdraw takes an offer away; focus that would be lost goes to the row.
  #withdraw(row) {
    const focused = row.offer.getRootNode().activeElement === row.offer;
    row.offer.remove();
    if (focused) [...row.group.children].find((b) => b.offsetParent)?.focus();
    else if (row.offer.tabIndex === 0) this.#stop(row.seats[0].section);
  }

  // what a row costs, by category.
  #what(row) {
    const ids = [...new Set(row.seats.map((seat) => seat.category))];
    return ids.map((id) => this.venue.categories.get(id)).map((c) => `${c.name} ${this.money(c.price)}`).join(', ');
  }

  #name(section) {
    const n = this.free(section);
    const text = n === null ? t.size : n ? t.free : t.soldOut;
    section.heading.textContent = say(text, { section: section.name, n: n ?? section.seats, of: section.seats });
    this.#hide(section);
  }

  #hide(section) {
    section.details.hidden = Boolean(this.only) && !section.categories.includes(this.only);
  }

  // keys: one stop for Tab per section; arrows go along the row and to the seat nearest in the next row.
  #keys(e, section) {
    const from = e.target.seat;
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1], Home: [-1e6, 0], End: [1e6, 0] }[e.key];
    if (!from || !step) return;
    e.preventDefault();
    const visible = (row) => [row.offer, ...row.seats.map((seat) => this.buttons.get(seat.id))].filter((b) => b.offsetParent);
    const rows = section.rows.filter((row) => visible(row).length);
    let y = rows.indexOf(from.of);
    const line = visible(rows[y]);
    if (step[0]) return this.#focus(line[Math.min(Math.max(line.indexOf(e.target) + step[0], 0), line.length - 1)], section);
    y = Math.min(Math.max(y + step[1], 0), rows.length - 1);
    const there = visible(rows[y]);
    const next = from.x === -Infinity ? there[0] : there.reduce((a, b) => (Math.abs(b.seat.x - from.x) < Math.abs(a.seat.x - from.x) ? b : a));
    this.#focus(next, section);
  }

  #focus(button, section) {
    for (const other of section.body.querySelectorAll('button[tabindex="0"]')) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
  }
}

// group is n seats side by side of a row that are free: the first that leave no single one beside them, else the first
// of all, else null. Places for wheelchairs and their companions are left to those who need them, and a gap is an aisle.
export function group({ seats }, n, free) {
  const open = (seat) => seat && free(seat) && !seat.accessible && !seat.companion;
  const far = (a, b) => Math.hypot(a.x - b.x, a.y - b.y) > 1.6 * a.section.pitch;
  const joined = (i) => open(seats[i - 1]) && open(seats[i]) && !far(seats[i - 1], seats[i]); // with the one before
  let first = null;
  for (let i = 0; i + n <= seats.length; i++) {
    const end = i + n;
    const all = seats.slice(i, end);
    if (!open(seats[i]) || all.some((_, k) => k && !joined(i + k))) continue;
    const single = (joined(i) && !joined(i - 1)) || (joined(end) && !joined(end + 1));
    if (!single) return all;
    first ||= all;
  }
  return first;
}
