// <foyer-seats>: the live seat map for the pages behind the waiting room. Include
//
//   <script src="/foyer/site/inside.js"></script>
//   <script src="/foyer/site/seats.js" defer></script>
//   <foyer-seats></foyer-seats>
//
// zone="…" names a zone that the address doesn't; theme="light" or "dark" fixes the look that otherwise follows the
// visitor's preference. Its colours are those of theme.css, as custom properties. It keeps its style to itself.

import { clock } from '../shared/clock.js';
import { after, socket } from '../shared/env.js';
import { memory } from '../shared/memory.js';
import { label } from '../shared/label.js';
import { moment } from '../shared/moment.js';
import { money } from '../shared/money.js';
import { orderPage, sale } from '../shared/sale.js';
import { names as listed, say } from '../shared/say.js';
import { Warner } from '../shared/warn.js';
import { zoneOf } from '../shared/zone.js';
import { Bar } from './bar.js';
import { Checkout } from './checkout.js';
import { categoryColour } from './colours.js';
import { h } from './dom.js';
import { SeatMap } from './map.js';
import { Sale } from './sale.js';
import { outline } from './shapes.js';
import { sectionOf } from './state.js';
import { standard } from './venue.js';

const t = FOYER_TEXTS.seats;
const unknown = '…';

const second = 1000;
const patience = 3 * second; // for the names of seats that are to be said

export class FoyerSeats extends HTMLElement {
  due = { ids: new Set() }; // to be drawn in the next frame

  connectedCallback() {
    if (this.sale) return;
    this.zone = this.getAttribute('zone') || zoneOf(location.pathname);
    this.root = this.attachShadow({ mode: 'open' });
    style(this.root, FOYER_SEATS_CSS);
    this.#build();
    this.sale = new Sale(this.#env(), this.zone, {
      opened: () => this.#opened(),
      grown: () => this.#grown(),
      failed: (status) => (this.state.textContent = status === 404 ? t.none : t.failed),
      loaded: (section) => this.#loaded(section),
      changed: (ids) => this.#changed(ids),
      counted: () => this.#counted(),
      own: () => this.#own(),
      link: (live) => this.#link(live),
      say: (word, detail) => this.#say(word, detail),
      over: () => this.#over(),
    });
    this.sale.start();
    this.#event();
    this.#order();
  }

  // event says when and where it is, once the map is on its way.
  async #event() {
    const { show } = await import('/foyer/site/event.js');
    show(this.zone, { name: this.heading, line: this.event });
  }

  #env() {
    return {
      now: () => Date.now(),
      random: Math.random,
      after,
      api: sale(this.zone),
      socket,
      visible: () => document.visibilityState === 'visible',
      tell: () => this.channel?.postMessage(''),
      renew: async () => (window.foyer ? window.foyer.renew() : sale(this.zone).status()),
    };
  }

  // ---- the frame

  #build() {
    this.kept = memory(() => localStorage);
    // What one window does, the others show.
    if (window.BroadcastChannel) (this.channel = new BroadcastChannel('foyer-seats-' + this.zone)).onmessage = () => this.sale.hold.start();
    addEventListener('storage', (e) => e.key === 'foyer-order-' + this.zone && this.#order());
    this.warners = { hold: new Warner(), visit: new Warner() };
    this.state = h('p', { class: 'state' }, t.loading);
    this.say = h('p', { class: 'unseen', role: 'status' });
    this.note = h('p', { class: 'note', hidden: true });
    this.link = h('span', { class: 'link', hidden: true });
    this.heading = h('h2');
    this.event = h('p', { class: 'event' });
    this.tabs = h('div', { class: 'tabs', role: 'group', 'aria-label': t.view },
      h('button', { 'aria-pressed': 'true', onclick: () => this.#view('map') }, t.map),
      h('button', { 'aria-pressed': 'false', onclick: () => this.#view('list') }, t.list));
    this.chips = h('div', { class: 'chips', role: 'group', 'aria-label': t.prices });
    this.box = h('div', { class: 'map', tabindex: '0', role: 'group', 'aria-label': t.mapLabel });
    this.here = h('p', { class: 'here', 'aria-hidden': 'true' });
    this.mini = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.under = h('div', { class: 'under' }, this.mini, this.here,
      h('div', { class: 'zoom' },
        h('button', { 'aria-label': t.zoomIn, onclick: () => this.map.zoomBy(1.6) }, '+'),
        h('button', { 'aria-label': t.zoomOut, onclick: () => this.map.zoomBy(1 / 1.6) }, '−'),
        h('button', { 'aria-label': t.whole, class: 'whole', onclick: () => this.map.whole() })));
    this.tip = h('p', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
    this.box.append(this.tip);
    this.list = h('div', { class: 'list', hidden: true });
    this.side = h('div', { class: 'side' });
    this.bar = new Bar(t, { name: (id) => this.#name(id, this.sale.venue.seat(id)), money: (n) => this.#money(n), checkOut: () => this.#checkOut() });
    this.frame = h('div', { class: 'frame' }, h('button', { class: 'skip', onclick: () => this.#toList() }, t.skip),
      h('header', {}, this.heading, this.event, this.link, this.tabs), this.state,
      h('div', { class: 'body', hidden: true }, this.chips, h('div', { class: 'window' }, this.under, this.box, this.list), this.side), this.say);
    this.root.append(this.frame);
    this.side.append(this.#best(), this.bar.root, this.signs = h('details', { class: 'legend' }, h('summary', {}, t.legend)));
    this.side.prepend(this.note);
    // On a small screen one's seats lie over the foot of the page: what it says stands above them, and all of it can be seen.
    // A property is handed down to all that is inside, so that it isn't the frame's, where thousands of seats are.
    new ResizeObserver(() => this.sale.hold.shown().length && this.side.style.setProperty('--held', this.bar.root.offsetHeight + 'px')).observe(this.bar.root);
  }

  // form makes the checkout, when somebody first goes there.
  #form() {
    return new Checkout(this.root, t, {
      api: sale(this.zone),
      hex: (n) => [...crypto.getRandomValues(new Uint8Array(n))].map((b) => b.toString(16).padStart(2, '0')).join(''),
      go: (url) => location.assign(url),
      held: () => this.sale.hold.start(),
      kept: { set: (value) => this.kept.set('foyer-order-' + this.zone, value) },
      typed: memory(() => sessionStorage),
    });
  }

  #best() {
    this.n = 2;
    this.count = h('output', {}, '2');
    const step = (by) => () => {
      this.n += by;
      this.#number();
    };
    this.where = h('select', { 'aria-label': t.best.where });
    this.accessible = h('input', { type: 'checkbox' });
    this.go = h('button', { class: 'main', onclick: () => this.#find() }, t.best.go);
    return h('section', { class: 'best', 'aria-label': t.best.head },
      h('h3', {}, t.best.head),
      h('div', { class: 'wish' },
        h('div', { class: 'stepper', role: 'group', 'aria-label': t.best.n },
          h('button', { 'aria-label': t.best.fewer, onclick: step(-1) }, '−'), this.count, h('button', { 'aria-label': t.best.more, onclick: step(1) }, '+')),
        this.where, this.go),
      h('label', { class: 'check' }, this.accessible, ' ', t.best.accessible));
  }

  // number shows how many are wished for: no more than the buyer may have.
  #number() {
    const most = Math.max(this.sale.hold.room(), 1);
    this.n = Math.min(Math.max(this.n, 1), most);
    this.count.textContent = this.n;
    const [fewer, more] = this.count.parentNode.querySelectorAll('button');
    fewer.setAttribute('aria-disabled', String(this.n <= 1));
    more.setAttribute('aria-disabled', String(this.n >= most));
  }

  // ---- what happens

  #opened() {
    const { venue } = this.sale;
    this.colours = new Map();
    if (!this.heading.textContent) this.heading.textContent = venue.name;
    this.state.hidden = true;
    this.frame.querySelector('.body').hidden = false;
    this.#prices();
    this.map = new SeatMap(this.box, venue, this.#parts(), this.#acts());
    this.#inWords();
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.sale.wake());
    addEventListener('online', () => this.sale.wake());
    addEventListener('foyer:ended', (e) => {
      e.preventDefault(); // this says why, and leads on; the page loading itself would say nothing
      this.sale.stop();
      this.#over();
    });
    addEventListener('pageshow', (e) => e.persisted && this.sale.wake());
    this.#tick();
    this.#own();
  }

  // parts is what the map and the list are made from.
  #parts() {
    const { sale, colours } = this;
    return {
      statusOf: (id) => sale.status(id), shown: (id) => sale.shown(id), free: (section) => sale.free(section), mine: () => sale.hold.shown(),
      most: () => sale.hold.room(), money: (n) => this.#money(n), colours, t,
    };
  }

  // acts is what can be done on the map and in the list.
  #acts() {
    const { sale } = this;
    return {
      seat: (seat) => sale.choose(seat), place: (section) => sale.place(section), group: (ids) => sale.hold.swap(ids),
      look: () => this.#look(), load: (id) => sale.load(id), hover: (...of) => this.#hover(...of), moved: (...to) => this.#moved(...to),
    };
  }

  // inWords makes the list. Its module loads once the map is shown.
  async #inWords() {
    const { SeatList, legend, css } = await import('/foyer/site/list.js');
    style(this.root, css());
    this.signs.append(legend());
    this.words = new SeatList(this.list, this.sale.venue, this.#parts(), this.#acts());
    if (this.where.value) this.words.filter(this.where.value);
    this.#look();
  }

  // grown is called when the map has more than before.
  #grown() {
    const { value } = this.where;
    this.#prices();
    this.map.grown();
    this.words?.grown();
    this.#filter(value);
  }

  #look() {
    if (!this.map) return setTimeout(() => this.map && this.#look());
    const seen = this.list.hidden || !this.words ? this.map.seen() : this.words.seen();
    this.sale.look(seen);
  }

  #loaded(section) {
    this.words?.loaded(section);
    this.due.rows = true;
    this.#own();
  }

  #changed(ids) {
    for (const id of ids) this.due.ids.add(id);
    this.#soon();
  }

  #counted() {
    this.due.counts = true;
    this.#soon();
  }

  // soon draws what comes until the next frame at once: a hand that rests on an arena sees sixteen sections.
  #soon() {
    this.asked ||= requestAnimationFrame(() => {
      const { rows, counts, ids } = this.due;
      this.asked = 0;
      this.due = { ids: new Set() };
      if (!this.map) return;
      if (rows) this.map.redraw();
      this.map.changed(ids);
      this.words?.changed(ids);
      if (counts) this.map.counted();
      if (counts && !this.list.hidden) this.words?.names();
      this.#wakeUp();
    });
  }

  // tick runs every second for the countdowns, and at the instant when the next lock ends.
  #tick() {
    this.sale.tick();
    this.#times();
    this.#wakeUp();
  }

  #wakeUp() {
    clearTimeout(this.timer);
    const now = this.sale.now();
    this.timer = setTimeout(() => this.#tick(), Math.max(Math.min(this.sale.next() + 1, second - (now % second) + 5), 4));
  }

  #view(name) {
    const list = name === 'list';
    this.box.hidden = this.under.hidden = list;
    this.list.hidden = !list;
    this.words?.names();
    [...this.tabs.children].forEach((b, i) => b.setAttribute('aria-pressed', String(list === (i === 1))));
    this.#look();
  }

  // toList leads from the first stop of Tab to the seats in words.
  #toList() {
    this.#view('list');
    (this.list.querySelector('summary') || this.tabs.lastChild).focus();
  }

  async #find() {
    const { hold } = this.sale;
    this.go.textContent = t.best.asking;
    const wish = { n: this.n };
    if (this.where.value) wish.category = this.where.value;
    if (this.accessible.checked) wish.accessible = true;
    const had = hold.seats;
    await hold.best(wish);
    this.go.textContent = t.best.go;
    if (hold.seats !== had && hold.seats.length) this.#showOwn();
  }

  // showOwn brings one's seats into view, once their rows are known.
  async #showOwn() {
    const { sale, map } = this;
    await sale.rows(sale.hold.seats);
    const seats = sale.hold.seats.map((id) => sale.venue.seat(id)).filter((s) => s && !s.place);
    if (!seats.length || this.box.hidden) return;
    this.#above();
    const r = Math.max(...seats.map((s) => s.of.pitch)) * 7;
    const [xs, ys] = [seats.map((s) => s.x), seats.map((s) => s.y)];
    map.show({ x0: Math.min(...xs) - r, x1: Math.max(...xs) + r, y0: Math.min(...ys) - r, y1: Math.max(...ys) + r }, 30 / seats[0].of.pitch);
  }

  // ---- one's own seats

  #own() {
    const { hold, venue } = this.sale;
    if (!venue) return;
    const ids = hold.shown();
    const now = new Set([...(this.drawnOwn || []), ...ids]);
    const first = hold.busy && ids.length && !this.drawnOwn?.length;
    this.drawnOwn = ids;
    this.#changed(now);
    this.frame.classList.toggle('busy', hold.busy);
    this.#number();
    this.bar.show(this.sale, ids, this.go);
    this.#times();
    if (first) this.#above();
  }

  // above scrolls until the sheet with one's seats lies over nothing of the map, as far as there is room.
  #above() {
    const [map, sheet] = [this.box, this.bar.root].map((e) => e.getBoundingClientRect());
    if (getComputedStyle(this.bar.root).position === 'fixed') scrollBy(0, Math.max(0, Math.min(map.bottom - sheet.top, map.top)));
  }

  #times() {
    const { hold } = this.sale;
    const left = hold.until - this.sale.now();
    const live = hold.live();
    this.bar.times(live, left, hold);
    this.checkout?.tick(live ? clock(left) : '0:00', live);
    const mark = live && this.warners.hold.due(left);
    if (mark) this.#speak(t.said.left[mark]);
    this.#visit();
    const end = visitLeft();
    this.dispatchEvent(new CustomEvent('foyer:hold', { detail: live ? clock(left) : end && end <= 120 * second ? clock(end) : '' }));
    if (this.hovered) this.#tipText();
  }

  // visit warns before the visit ends, and offers to stay.
  #visit() {
    const left = visitLeft();
    const mark = left && this.warners.visit.due(left);
    if (mark) this.#warn(t.visit.left[mark], true);
  }

  async #stay() {
    const before = visitLeft();
    await window.foyer.renew();
    this.#warn(visitLeft() > before ? t.visit.longer : t.visit.last);
  }

  // warn tells it where it is seen and heard, be the checkout open or not.
  #warn(words, more) {
    for (const note of [this.note, this.checkout?.note]) {
      if (!note) continue;
      note.hidden = false;
      note.replaceChildren(words, ' ', more ? h('button', { type: 'button', onclick: () => this.#stay() }, t.visit.stay) : '');
    }
    this.#speak(words);
  }

  #checkOut() {
    const { hold, venue } = this.sale;
    const type = (id) => venue.types.find((one) => one.id === (hold.types[id] || standard))?.name;
    const lines = hold.seats.map((id) => ({ name: [this.#name(id, venue.seat(id)), type(id)].filter(Boolean).join(' · '), price: this.#money(this.sale.price(id)) }));
    this.checkout ||= this.#form();
    this.checkout.open({ event: this.event.textContent, lines, sum: this.#money(hold.total), seats: hold.seats, until: hold.until, most: hold.known ? hold.limit : 0 });
    this.#times();
  }

  // order offers to go on with an order that was begun here.
  #order() {
    const kept = this.kept.get('foyer-order-' + this.zone);
    this.begun = kept && kept.order && (kept.deadline || 0) > Date.now() ? kept : null;
    if (this.begun) this.#tell(t.said.paying, true);
  }

  // ---- words

  // say waits for the names of the seats that it is about, unless something else is to be said meanwhile.
  async #say(word, detail) {
    const saying = (this.saying = {});
    const ids = Array.isArray(detail) ? detail : [];
    await new Promise((resolve) => after(20, resolve)); // it is seen first
    if (!this.sale.known(ids)) await Promise.race([this.sale.rows(ids), new Promise((resolve) => after(patience, resolve))]);
    if (this.saying !== saying) return;
    const about = (named, some, values) => this.sale.known(ids) && ids.length
      ? say(named, { n: ids.length, seats: listed(ids.map((id) => this.#name(id, this.sale.venue.seat(id)))), ...values }) : say(some, values);
    const text = {
      held: () => about(t.said.held, t.said.heldSome, { until: moment(this.sale.hold.until) }),
      released: () => about(t.said.released, t.said.releasedSome),
      taken: () => about(t.said.taken, t.said.takenSome),
      limit: () => limit(detail),
      none: () => this.sale.gone() ? t.said.gone : say(t.said.none, { n: typeof detail === 'number' ? detail : detail ? detail.n : 1 }),
      cooling: () => say(t.said.cooling, { n: Math.ceil(detail / second) }),
      total: () => say(t.said.total, { sum: this.#money(this.sale.sum()) }),
      notThat: () => t.said.notThat[detail],
    }[word];
    const words = text ? text() : t.said[word];
    const good = ['held', 'released', 'total'].includes(word);
    if (word === 'paying') this.#order();
    if (word !== 'paying') this.#tell(good ? '' : words);
    else if (!this.begun) this.#tell(words);
    this.#speak(words);
  }

  #speak(words) {
    const node = this.checkout?.dialog.open ? this.checkout.said : this.say;
    node.textContent = node.textContent === words ? words + '\u00a0' : words;
  }

  // tell shows what went wrong, until something succeeds.
  #tell(words, order = false) {
    this.note.hidden = !words;
    this.note.replaceChildren(words);
    if (order && this.begun) this.note.append(' ', h('a', { href: orderPage(this.begun.order, this.begun.secret) }, t.goOn));
  }

  #link(live) {
    this.link.hidden = false;
    this.link.textContent = live ? t.live : t.catching;
    this.link.classList.toggle('on', live);
  }

  #over() {
    clearTimeout(this.timer);
    this.checkout?.dialog.close();
    this.frame.replaceChildren(h('div', { class: 'over' }, h('h2', { tabindex: '-1' }, t.ended), h('p', {}, t.endedLead),
      h('p', {}, h('a', { class: 'button', href: this.zone === FOYER_DEFAULT_ZONE ? '/' : '/z/' + this.zone + '/' }, t.endedGo))));
    this.frame.querySelector('h2').focus();
  }

  // money is an amount as it is written; one that isn't known is not written as one.
  #money(minor) {
    return minor === null ? unknown : money(minor, this.sale.venue.currency, this.sale.venue.digits);
  }

  #name(id, seat) {
    if (!seat) return (this.sale.venue.sections.get(sectionOf(id))?.name || '') + unknown;
    const number = seat.place ? String(Number(id.slice(id.lastIndexOf('-') + 1))) : seat.label;
    return label({ section: seat.section.name, row: seat.row, seat: number });
  }

  // moved says what is in view, and shows where that is in the whole.
  #moved(here, v, whole) {
    const { section, rows = [] } = here || {};
    const [first, last] = [...new Set(rows)];
    this.here.textContent = !whole && section ? say(t.here[last ? 'rows' : first ? 'row' : 'section'], { section: section.name, first, last }) : '';
    this.mini.classList.toggle('none', whole);
    if (whole) return;
    const { x0, y0, x1, y1 } = this.sale.venue.box;
    this.mini.setAttribute('viewBox', [x0, y0, x1 - x0, y1 - y0].join(' '));
    const shape = (d) => {
      const path = document.createElementNS(this.mini.namespaceURI, 'path');
      path.setAttribute('d', d);
      return path;
    };
    const frame = [[v.x0, v.y0], [v.x1, v.y0], [v.x1, v.y1], [v.x0, v.y1]].map(([x, y]) => ({ x, y }));
    this.mini.replaceChildren(shape([...this.sale.venue.sections.values()].map((s) => s.path).join('')), shape(outline(frame)));
  }

  #hover(seat, at, finger) {
    this.hovered = seat;
    this.finger = finger;
    this.tip.hidden = !seat;
    if (!seat) return;
    this.tip.style.left = Math.min(Math.max(at.x, 90), this.box.clientWidth - 90) + 'px';
    this.tip.style.top = at.y + 'px';
    this.tip.classList.toggle('below', at.y < 110);
    this.#tipText();
  }

  #tipText() {
    const seat = this.hovered;
    const s = this.sale;
    const status = s.shown(seat.id);
    const c = s.venue.categories.get(seat.category);
    const state = status === 'locked' ? say(t.tip.locked, { left: clock(s.seats.until(seat.id, s.now()) - s.now()) }) : (this.finger && t.tap[status]) || t.tip[status];
    const sign = seat.accessible ? t.accessible : seat.companion ? t.companion : '';
    this.tip.replaceChildren(h('b', {}, this.#name(seat.id, seat)), h('span', {}, [c && c.name, c && this.#money(c.price), sign].filter(Boolean).join(' · ')), h('span', {}, state));
  }

  #prices() {
    const chip = (id, name, price, colour) => {
      const b = h('button', { 'aria-pressed': String(id === ''), 'data-category': id, onclick: () => this.#filter(id) }, h('i', { class: 'cat' }), h('span', {}, name), price ? h('b', {}, price) : '');
      if (colour) {
        b.style.setProperty('--day', colour.light);
        b.style.setProperty('--night', colour.dark);
      }
      return b;
    };
    const all = [...this.sale.venue.categories.values()];
    for (const c of all) this.colours.set(c.id, categoryColour(c.color, c.index, { light: '#fffdf8', dark: '#1c1926' })); // legible on both
    this.chips.replaceChildren(chip('', t.all, ''), ...all.map((c) => chip(c.id, c.name, this.#money(c.price), this.colours.get(c.id))));
    this.where.replaceChildren(h('option', { value: '' }, t.best.any), ...all.map((c) => h('option', { value: c.id }, `${c.name} · ${this.#money(c.price)}`)));
  }

  #filter(id) {
    for (const b of this.chips.children) b.setAttribute('aria-pressed', String(b.dataset.category === id));
    this.where.value = id;
    this.map.filter(id);
    this.words?.filter(id);
  }
}

// limit says how many seats a buyer may have, as far as that is known: {limit, bought}.
function limit(known) {
  if (!known) return t.said.limitUnknown;
  const { limit: n, bought } = known;
  return bought >= n ? say(t.hold.full, { n }) : say(bought ? t.said.limitBought : t.said.limit, { n, bought });
}

// visitLeft is how long the visit still is, ms; 0 while that isn't known.
const visitLeft = () => (window.foyer?.endsIn || 0) * second;

// style gives the shadow a sheet without an inline style, which a page's policy may forbid.
function style(root, css) {
  if (root.adoptedStyleSheets && 'replaceSync' in CSSStyleSheet.prototype) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return;
  }
  root.append(h('style', {}, css));
}

if (!customElements.get('foyer-seats')) customElements.define('foyer-seats', FoyerSeats);
