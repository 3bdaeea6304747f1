// The map under the visitor's hands: drag, pinch, wheel, buttons and keys move the camera. While they do, what is
// drawn already is only moved by a CSS transform; when they rest, the view box follows and it is drawn anew.

import { between, fit, keep, pan, pointAt, view, zoom } from './camera.js';
import { detail, Drawing } from './draw.js';
import { make } from './dom.js';
import { mostSections } from './feed.js';
import { overlap } from './venue.js';

const margin = 0.5; // drawn around the view, in parts of it
const rest = 160; // ms without a wheel's turn
const glide = 240; // ms
const thumb = 28; // px from seat to seat, at least, where a finger takes one
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export class SeatMap {
  // box: the element that is the window on the map. on: {seat(seat), place(section), look(ids), hover(seat, point), load(id)}
  constructor(box, venue, parts, on) {
    Object.assign(this, { box, venue, on, pointers: new Map(), raf: 0 });
    this.svg = make('svg', { 'aria-hidden': 'true' });
    box.prepend(this.svg);
    this.parts = parts;
    this.#listen();
    new ResizeObserver(() => {
      const size = box.getBoundingClientRect();
      if (size.width !== this.width || size.height !== this.height) this.#resize(size);
    }).observe(box);
    this.grown();
  }

  // grown draws all of the map, where one looks.
  grown() {
    const size = this.box.getBoundingClientRect(); // while there is nothing to be laid out for it
    this.svg.replaceChildren();
    this.drawing = new Drawing(this.svg, this.venue, this.parts);
    this.#resize(size);
  }

  changed(ids) {
    this.drawing.changed(ids);
  }

  // counted is called when other numbers of free seats are known.
  counted() {
    this.drawing.counted();
  }

  // redraw is for sections that were loaded meanwhile.
  redraw() {
    if (!this.moving) this.#commit();
  }

  filter(category) {
    this.drawing.filter(category);
  }

  whole() {
    this.#glide(this.home);
  }

  zoomBy(factor) {
    this.#glide(zoom(this.camera, factor, this.size.width / 2, this.size.height / 2, this.limits));
  }

  // show brings a section or seats into view.
  show(box, closest = 30) {
    this.#glide(fit(box, this.size, Math.max(Math.min(closest, this.limits.most), this.limits.least)));
  }

  get whole_() {
    return this.camera.k <= this.home.k * 1.02;
  }

  // ---- drawing

  #resize({ width, height }) {
    Object.assign(this, { width, height });
    if (!width || !height) return;
    const wasHome = !this.size || this.whole_;
    const middle = this.size && pointAt(this.camera, this.size.width / 2, this.size.height / 2);
    this.size = { width, height };
    this.home = fit(this.venue.box, this.size);
    const pitch = Math.min(...[...this.venue.sections.values()].filter((s) => s.kind !== 'standing').map((s) => s.pitch), 1e3);
    this.limits = { least: this.home.k, most: Math.max(this.home.k * 2, (44 / pitch) * 1.2) };
    this.camera = wasHome ? this.home : { k: this.camera.k, x: middle.x - width / 2 / this.camera.k, y: middle.y - height / 2 / this.camera.k };
    Object.assign(this.svg.style, {
      left: -margin * width + 'px', top: -margin * height + 'px', width: (1 + 2 * margin) * width + 'px', height: (1 + 2 * margin) * height + 'px',
      transformOrigin: margin * width + 'px ' + margin * height + 'px',
    });
    this.#commit();
  }

  #commit() {
    if (!this.size) return;
    this.moving = false;
    const r = view(this.camera, this.size, margin);
    this.drawn = this.camera;
    this.svg.style.transition = 'none';
    this.svg.style.transform = 'none';
    this.svg.setAttribute('viewBox', `${r.x0} ${r.y0} ${r.x1 - r.x0} ${r.y1 - r.y0}`);
    this.box.classList.toggle('near', !this.whole_);
    const seen = this.seen();
    for (const id of seen.slice(0, mostSections)) {
      const { loaded, asked } = this.venue.sections.get(id);
      if (!loaded && !asked) this.on.load(id);
    }
    this.drawing.show(this.camera.k, r, new Set(seen.slice(mostSections)));
    this.on.look(seen);
    this.on.moved(this.#here(seen[0]), view(this.camera, this.size), this.whole_);
  }

  // here names what is in the middle of the view: {section, rows}, the labels of the first and the last row that are seen.
  #here(id) {
    const section = this.venue.sections.get(id);
    if (!section) return null;
    const v = view(this.camera, this.size);
    const seen = (section.rows || []).filter((row) => row.seats.some((s) => s.x > v.x0 && s.x < v.x1 && s.y > v.y0 && s.y < v.y1));
    return { section, rows: seen.length ? [seen[0].label, seen[seen.length - 1].label] : [] };
  }

  // seen is the ids of the sections whose seats are drawn, the one around the middle first; of several, the one whose own
  // middle is nearer.
  seen() {
    const v = view(this.camera, this.size);
    const [x, y] = [(v.x0 + v.x1) / 2, (v.y0 + v.y1) / 2];
    const gap = ({ x0, x1, y0, y1 }) => Math.hypot(Math.max(x0 - x, x - x1, 0), Math.max(y0 - y, y - y1, 0));
    const far = ({ box }) => gap(box) + Math.hypot(box.x0 + box.x1 - 2 * x, box.y0 + box.y1 - 2 * y) / 1e3;
    return [...this.venue.sections.values()]
      .filter((s) => overlap(s.box, v) && (s.kind === 'standing' || s.pitch * this.camera.k >= detail.rows * 0.8))
      .sort((a, b) => far(a) - far(b)).map((s) => s.id);
  }

  // move shows another camera by moving what is drawn, unless it would run out of it.
  #move(camera) {
    this.camera = keep(camera, this.venue.box, this.size);
    this.moving = true;
    if (!this.raf) this.raf = requestAnimationFrame(() => this.#frame());
  }

  #frame() {
    this.raf = 0;
    if (!this.moving) return;
    if (this.#outside()) return this.#commit();
    const { f, dx, dy } = between(this.drawn, this.camera);
    this.svg.style.transition = 'none';
    this.svg.style.transform = `translate(${dx}px,${dy}px) scale(${f})`;
  }

  // outside reports whether part of the view was never drawn, or would be drawn much too coarsely.
  #outside() {
    const [drawn, now] = [view(this.drawn, this.size, margin), view(this.camera, this.size)];
    const some = 0.02 * (now.x1 - now.x0);
    const f = this.camera.k / this.drawn.k;
    const covers = drawn.x0 <= now.x0 + some && drawn.x1 >= now.x1 - some && drawn.y0 <= now.y0 + some && drawn.y1 >= now.y1 - some;
    const edge = keep(this.drawn, this.venue.box, this.size) === this.drawn;
    return (!covers && !edge) || f > 4;
  }

  #glide(target) {
    const camera = keep(target, this.venue.box, this.size);
    const { f, dx, dy } = between(this.drawn, camera);
    this.camera = camera;
    if (still()) return this.#commit();
    this.moving = true;
    this.svg.style.transition = `transform ${glide}ms cubic-bezier(.2,.7,.2,1)`;
    this.svg.style.transform = `translate(${dx}px,${dy}px) scale(${f})`;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#commit(), glide + 20);
  }

  // ---- hands

  #listen() {
    const { box } = this;
    box.addEventListener('pointerdown', (e) => this.#down(e));
    box.addEventListener('pointermove', (e) => (this.pointers.has(e.pointerId) ? this.#drag(e) : this.#hover(e)));
    for (const name of ['pointerup', 'pointercancel']) box.addEventListener(name, (e) => this.#up(e, name === 'pointerup'));
    box.addEventListener('pointerleave', (e) => e.pointerType === 'mouse' && this.#point(null));
    box.addEventListener('wheel', (e) => this.#wheel(e), { passive: false });
    box.addEventListener('keydown', (e) => this.#key(e));
  }

  #at(e) {
    const { left, top } = this.box.getBoundingClientRect();
    return { x: e.clientX - left, y: e.clientY - top };
  }

  #down(e) {
    if (e.button > 0 || e.target.closest('button')) return;
    clearTimeout(this.timer);
    this.pointers.set(e.pointerId, this.#at(e));
    this.grip = null;
    this.tapped = this.pointers.size === 1 && { ...this.#at(e), time: e.timeStamp };
    this.#point(null);
  }

  #drag(e) {
    const before = this.pointers.get(e.pointerId);
    const now = this.#at(e);
    if (this.tapped && Math.hypot(now.x - this.tapped.x, now.y - this.tapped.y) > (e.pointerType === 'mouse' ? 4 : 9)) {
      this.tapped = null;
      this.box.setPointerCapture(e.pointerId);
      this.box.classList.add('held');
    }
    if (this.tapped) return;
    const others = [...this.pointers].filter(([id]) => id !== e.pointerId).map(([, p]) => p);
    this.pointers.set(e.pointerId, now);
    if (!others.length) return this.#move(pan(this.camera, now.x - before.x, now.y - before.y));
    const other = others[0];
    const [was, is] = [before, now].map((p) => Math.hypot(p.x - other.x, p.y - other.y) || 1);
    const moved = pan(this.camera, (now.x - before.x) / 2, (now.y - before.y) / 2);
    this.#move(zoom(moved, is / was, (now.x + other.x) / 2, (now.y + other.y) / 2, this.limits));
  }

  #up(e, well) {
    if (!this.pointers.delete(e.pointerId)) return;
    if (this.pointers.size) return;
    this.box.classList.remove('held');
    if (this.tapped && well) this.#tap(this.#at(e), e.pointerType !== 'mouse');
    else if (this.moving) this.#commit();
    this.tapped = null;
  }

  // tap takes a seat. A finger's first tap only shows which one it is, and the second takes it.
  #tap(at, finger) {
    const p = pointAt(this.camera, at.x, at.y);
    const seat = this.venue.near(p.x, p.y, (finger ? 16 : 8) / this.camera.k);
    const shown = this.shown;
    this.shown = null;
    if (seat && seat.of.pitch * this.camera.k >= (finger ? thumb * 0.98 : detail.tap)) {
      if (!finger || seat === shown) return this.on.seat(seat);
      this.shown = seat;
      return this.#point(seat, true);
    }
    const section = this.venue.at(p.x, p.y) || (seat && seat.section);
    if (section && section.kind === 'standing') return this.on.place(section);
    if (!section) return;
    const close = Math.max((finger ? thumb : 16) / section.pitch, this.camera.k);
    if (this.camera.k >= close * 0.99) return;
    this.#glide(zoom(this.camera, close / this.camera.k, at.x, at.y, this.limits));
  }

  #wheel(e) {
    const factor = Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.002) * (e.ctrlKey ? 4 : 1));
    if (factor < 1 && this.whole_) return; // the page scrolls on
    e.preventDefault();
    const at = this.#at(e);
    this.#move(zoom(this.camera, factor, at.x, at.y, this.limits));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#commit(), rest);
  }

  #key(e) {
    if (e.target !== this.box || e.ctrlKey || e.metaKey || e.altKey) return;
    const step = 0.2;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (moves[e.key]) this.#glide(pan(this.camera, moves[e.key][0] * this.size.width, moves[e.key][1] * this.size.height));
    else if (e.key === '+' || e.key === '=') this.zoomBy(1.5);
    else if (e.key === '-') this.zoomBy(1 / 1.5);
    else if (e.key === '0' || e.key === 'Home') this.whole();
    else return;
    e.preventDefault();
  }

  #hover(e) {
    if (e.pointerType !== 'mouse' || this.moving) return;
    const at = this.#at(e);
    const p = pointAt(this.camera, at.x, at.y);
    const seat = this.venue.near(p.x, p.y, 9 / this.camera.k);
    this.#point(seat && seat.of.pitch * this.camera.k >= detail.tap ? seat : null);
  }

  #point(seat, finger) {
    if (seat === this.pointed) return;
    this.pointed = seat;
    this.drawing.point(seat);
    const at = seat && { x: (seat.x - this.camera.x) * this.camera.k, y: (seat.y - this.camera.y) * this.camera.k };
    this.on.hover(seat, at, finger);
  }
}
