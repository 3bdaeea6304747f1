// Draws sections and rows into the SVG, as roughly or as finely as the camera asks. A row is one path per state; only
// rows whose seats changed, or whose detail changed, are drawn again.

import { say } from '../shared/say.js';
import { make } from './dom.js';
import { chairs, dots, marks, outline, tick } from './shapes.js';
import { overlap } from './venue.js';

// How many pixels from seat to seat it takes to draw rows, chairs, and numbers on them.
export const detail = { rows: 1.9, chairs: 11, numbers: 21, rowNames: 6, tap: 8 };

// When few seats are left: that many, or that part of the section.
const few = { least: 5, part: 0.05 };

export class Drawing {
  // statusOf(id) is the seat's, shown(id) as it is drawn; mine() the ids to be shown as one's own; t the texts.
  constructor(svg, venue, { statusOf, shown, mine, free, colours, t }) {
    Object.assign(this, { svg, venue, statusOf, shown, mine, free, colours, t, k: 1, only: '', drawn: new Map() });
    this.#hatch();
    for (const name of ['areas', 'rows', 'names', 'stage', 'own']) this[name] = make('g', { class: name }, svg);
    for (const section of venue.sections.values()) this.#area(section);
    this.#stage();
  }

  // show draws what the camera sees of rect, at k pixels per unit. Sections whose ids are in `apart` are drawn as a whole
  // whatever k is: nothing is known of how their seats stand.
  show(k, rect, apart) {
    Object.assign(this, { k, rect, apart });
    for (const section of this.venue.sections.values()) this.#section(section);
    this.stageText.setAttribute('transform', this.#upright(this.#behind(this.venue.stage)));
    this.hatch.setAttribute('patternTransform', `scale(${1 / k})`);
    this.own_();
  }

  // changed draws the rows of these seats again.
  changed(ids) {
    const rows = new Set();
    const areas = new Set();
    for (const id of ids) {
      const seat = this.venue.seat(id);
      if (!seat) continue;
      if (seat.of) rows.add(seat.of);
      areas.add(seat.section);
    }
    for (const row of rows) {
      const level = this.drawn.get(row)?.level;
      if (level) this.#row(row, level, true);
    }
    for (const section of areas) this.#count(section);
    this.own_();
  }

  counted() {
    for (const section of this.venue.sections.values()) this.#count(section);
  }

  // filter dims what is not of a category; '' shows all alike.
  filter(category) {
    this.only = category;
    for (const [row, d] of this.drawn) if (d.level) this.#dim(row, d);
    for (const section of this.venue.sections.values()) this.#tint(section);
  }

  point(seat) {
    if (!this.ring) this.ring = make('circle', { class: 'ring' }, this.svg);
    this.ring.toggleAttribute('hidden', !seat);
    if (!seat) return;
    this.ring.setAttribute('cx', seat.x);
    this.ring.setAttribute('cy', seat.y);
    this.ring.setAttribute('r', Math.max((seat.of ? seat.of.pitch : 1) * 0.62, 7 / this.k));
  }

  // ---- sections

  // hatch is what sold out areas are filled with.
  #hatch() {
    const pattern = make('pattern', { id: 'hatch', width: 7, height: 7, patternUnits: 'userSpaceOnUse' }, make('defs', {}, this.svg));
    make('path', { d: 'M-1,1l2,-2M0,7l7,-7M6,8l2,-2' }, pattern);
    this.hatch = pattern;
  }

  #area(section) {
    section.path = outline(section.outline);
    section.shape = make('path', { class: 'area ' + section.kind, d: section.path }, this.areas);
    section.veil = section.label = null;
    this.#tint(section);
  }

  // named gives a section its label once that is to be seen: from afar, most of an arena's sections have none.
  #named(section) {
    section.label = make('g', { class: 'name' }, this.names);
    section.title = make('text', {}, section.label);
    section.free = make('text', { y: 15, class: 'free' }, section.label);
  }

  #tint(section) {
    this.#colour(section.shape, section.categories[0]);
    section.shape.classList.toggle('dim', Boolean(this.only) && !section.categories.includes(this.only));
  }

  #section(section) {
    const pixels = section.pitch * this.k;
    const level = this.apart.has(section.id) ? 0 : pixels >= detail.chairs ? 2 : pixels >= detail.rows ? 1 : 0;
    section.level = level;
    const seen = overlap(section.reach(), this.rect);
    for (const row of section.rows) {
      if (!level) this.#row(row, 0);
      else if (seen && overlap(row.box, this.rect)) this.#row(row, level);
    }
    const wide = (section.box.x1 - section.box.x0) * this.k;
    const rows = level > 0 && section.rows.length > 0;
    section.shape.classList.toggle('open', rows);
    const shown = seen && wide > 34 && !(rows && level === 2);
    if (shown && !section.label) this.#named(section);
    section.label?.toggleAttribute('hidden', !shown);
    this.#count(section);
    if (!shown) return;
    section.label.classList.toggle('above', rows);
    const x = (section.box.x0 + section.box.x1) / 2;
    const y = rows ? section.box.y0 : (section.box.y0 + section.box.y1) / 2;
    section.label.setAttribute('transform', this.#upright({ x, y }));
    const fits = wide * (rows ? 1.35 : 0.95) > section.name.length * 6.6;
    section.title.textContent = fits ? section.name : shorten(section.name, Math.floor(wide / 7));
  }

  // count says how many seats are free where they aren't drawn one by one: in words, and by how the area looks.
  #count(section) {
    const single = section.kind !== 'standing' && section.rows.length > 0 && section.level > 0;
    const n = single ? null : this.free(section);
    const left = n ? (n <= Math.max(few.least, section.seats * few.part) ? 'few' : 'some') : n === 0 && 'none';
    if (left === 'none') section.veil ||= make('path', { class: 'veil', d: section.path, fill: 'url(#hatch)' }, this.areas);
    section.veil?.toggleAttribute('hidden', left !== 'none');
    for (const kind of ['none', 'few']) section.shape.classList.toggle('left-' + kind, left === kind);
    if (!section.label) return;
    const text = left ? say(this.t.left[left], { n }) : '';
    if (section.free.textContent !== text) section.free.textContent = text;
    section.label.classList.toggle('low', !this.#roomy(section, text));
  }

  // roomy reports whether two lines of text fit into the section, whatever its shape.
  #roomy(section, text) {
    const wide = Math.min(Math.sqrt(section.area) * 1.2, section.box.x1 - section.box.x0) * this.k;
    return (section.box.y1 - section.box.y0) * this.k >= (section.kind === 'standing' ? 50 : 38) && wide >= text.length * 5.9;
  }

  #stage() {
    const g = (this.stageText = make('g', { class: 'stagesign' }, this.stage));
    const words = this.t.stage;
    const wide = (this.stageWide = words.length * 8 + 26);
    make('rect', { x: -wide / 2, y: -12, width: wide, height: 24, rx: 12 }, g);
    make('text', { y: 4 }, g).textContent = words;
  }

  // behind is where the stage's sign hides no seats: on its far side.
  #behind({ x, y }) {
    const { x0, x1, y0, y1 } = this.venue.box;
    const [dx, dy] = [x - (x0 + x1) / 2, y - (y0 + y1) / 2];
    const long = Math.hypot(dx, dy) || 1;
    return { x: x + ((dx / long) * this.stageWide) / 2 / this.k, y: y + ((dy / long) * 12) / this.k };
  }

  // upright keeps text at its size on the screen.
  #upright(p) {
    return `translate(${p.x} ${p.y}) scale(${1 / this.k})`;
  }

  // ---- rows

  #row(row, level, again = false) {
    let d = this.drawn.get(row);
    if (!d && !level) return;
    if (!d) this.drawn.set(row, (d = { g: make('g', {}, this.rows), level: 0, paths: {} }));
    if (d.level !== level || again) {
      d.level = level;
      d.g.setAttribute('class', ['none', 'dots', 'chairs'][level]);
      if (level) this.#paths(row, d);
    }
    if (level) this.#texts(row, d);
  }

  #paths(row, d) {
    const draw = d.level === 2 ? chairs : dots;
    const want = draw(row, this.statusOf, (seat) => this.venue.categories.get(seat.category).index);
    if (d.level === 2) want.m = marks(row, this.statusOf);
    for (const kind in d.paths) if (!want[kind]) d.paths[kind].setAttribute('d', '');
    for (const kind in want) {
      if (!d.paths[kind]) {
        d.paths[kind] = make('path', { class: kind[0] }, d.g);
        if (kind[0] === 'a') this.#colour(d.paths[kind], [...this.venue.categories.keys()][kind.slice(1)]);
      }
      d.paths[kind].setAttribute('d', want[kind]);
    }
    d.g.style.setProperty('--p', row.pitch);
    if (d.numbers) this.#number(row, d);
    this.#dim(row, d);
  }

  #dim(row, d) {
    for (const kind in d.paths) {
      if (kind[0] !== 'a') continue;
      const category = [...this.venue.categories.keys()][kind.slice(1)];
      d.paths[kind].classList.toggle('dim', Boolean(this.only) && category !== this.only);
    }
  }

  #texts(row, d) {
    const pixels = row.pitch * this.k;
    const named = pixels >= detail.rowNames;
    if (named && !d.names) d.names = [row.seats[0], row.seats[row.seats.length - 1]].map((seat, i) => {
      const next = row.seats[i ? row.seats.length - 2 : 1] || seat;
      const [dx, dy] = [seat.x - next.x, seat.y - next.y];
      const long = Math.hypot(dx, dy) || 1;
      const text = make('text', { class: 'rowname', x: seat.x + (dx / long || (i ? 1 : -1)) * row.pitch * 1.25, y: seat.y + (dy / long) * row.pitch * 1.25 }, d.g);
      text.textContent = row.label;
      return text;
    });
    for (const text of d.names || []) text.toggleAttribute('hidden', !named);
    const numbered = d.level === 2 && pixels >= detail.numbers;
    if (numbered && !d.numbers) d.numbers = make('g', { class: 'numbers' }, d.g);
    if (d.numbers) d.numbers.toggleAttribute('hidden', !numbered);
    if (numbered) this.#number(row, d);
  }

  // number writes on available seats what they are called; signs stand on the accessible ones.
  #number(row, d) {
    if (!d.texts) d.texts = row.seats.map((seat) => {
      const text = make('text', { x: seat.x, y: seat.y }, d.numbers);
      text.textContent = seat.label;
      return text;
    });
    row.seats.forEach((seat, i) => {
      const plain = this.statusOf(seat.id) === 'available' && !seat.accessible && !seat.companion;
      d.texts[i].toggleAttribute('hidden', !plain);
    });
  }

  // own_ draws the buyer's own seats above all others, never smaller than a fingertip's hint.
  own_() {
    const ids = this.mine();
    this.own.replaceChildren(
      ...ids.map((id) => {
        const seat = this.venue.seat(id);
        if (!seat) return '';
        const pitch = seat.of ? seat.of.pitch : 0;
        const r = Math.max(pitch * 0.5, 8.5 / this.k);
        const place = seat.place ? this.#spread(seat, ids) : seat;
        const g = make('g', { class: this.shown(id) === 'pending' ? 'pending' : '', transform: `translate(${place.x} ${place.y})` });
        make('circle', { r }, g);
        make('path', { d: tick(0, 0, r * 0.95), 'stroke-width': r * 0.26 }, g);
        return g;
      }),
    );
  }

  // spread puts one's places of a standing area side by side, below its name.
  #spread(seat, ids) {
    const all = ids.filter((id) => this.venue.seat(id)?.section === seat.section);
    const step = 24 / this.k;
    return { x: seat.x + (all.indexOf(seat.id) - (all.length - 1) / 2) * step, y: seat.y + 36 / this.k };
  }

  #colour(node, category) {
    const c = this.colours.get(category);
    if (!c) return;
    node.style.setProperty('--day', c.light);
    node.style.setProperty('--night', c.dark);
    node.classList.add('cat');
  }
}

// shorten leaves a name's number: a word alone, such as "right", names nothing.
const shorten = (name, n) => {
  const tail = /\d\S*$/.exec(name);
  return tail?.[0].length <= n ? tail[0] : '';
};
