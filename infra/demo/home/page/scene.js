// The picture: people before an arched door, and people behind it. A dot stands for one person, or for more when
// there are many. Dots find their places slowly; those let in walk through the door.

const most = 260; // dots on either side
const still = matchMedia('(prefers-reduced-motion: reduce)');

export class Scene {
  constructor(canvas) {
    this.canvas = canvas;
    this.waiting = [];
    this.inside = [];
    this.leaving = [];
    this.glow = 0;
    this.zone = null;
    new ResizeObserver(() => this.resize()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.resize());
  }

  // set takes the zone as it is now. at once: nobody walks.
  set(zone, atOnce) {
    this.zone = zone;
    if (!this.w) return;
    const worth = Math.max(1, Math.ceil(Math.max(zone.waiting, zone.inside, zone.capacity / 2) / most));
    if (worth !== this.worth) {
      this.worth = worth;
      atOnce = true;
    }
    const waiting = Math.ceil(zone.waiting / worth);
    const inside = Math.ceil(zone.inside / worth);
    while (this.inside.length < inside) this.inside.push(this.waiting.shift() || this.newcomer());
    while (this.inside.length > inside) this.leaving.push(this.inside.shift());
    while (this.waiting.length < waiting) this.waiting.push(this.newcomer());
    while (this.waiting.length > waiting) this.leaving.push(this.waiting.pop());
    this.place(atOnce || still.matches);
    this.run();
  }

  newcomer() {
    return { x: -10 - Math.random() * 30, y: this.floor - Math.random() * this.h * 0.7 };
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    this.w = this.canvas.clientWidth;
    this.h = this.canvas.clientHeight;
    this.canvas.width = this.w * ratio;
    this.canvas.height = this.h * ratio;
    this.pen = this.canvas.getContext('2d');
    this.pen.scale(ratio, ratio);
    this.floor = this.h - 10;
    this.arch = Math.min(this.h * 0.62, this.w * 0.2);
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue('--' + name).trim();
    this.worth = 0;
    if (this.zone) this.set(this.zone, true);
    else this.draw();
  }

  // place gives every dot where to go: the first in line stands nearest to the door.
  place(atOnce) {
    const middle = this.w / 2;
    const room = middle - this.arch * 0.75;
    this.stand(this.waiting, room, (x) => middle - this.arch * 0.75 - x, atOnce);
    this.stand(this.inside, room, (x) => middle + this.arch * 0.75 + x, atOnce);
    for (const dot of this.leaving) {
      dot.tx = dot.x > middle ? this.w + 30 : -30;
      dot.ty = dot.y;
      if (atOnce) dot.x = dot.tx;
    }
  }

  stand(dots, room, side, atOnce) {
    const count = Math.max(dots.length, 24);
    const gap = Math.min(21, 0.92 * Math.sqrt(((room - 20) * (this.h - 26)) / count));
    const rows = Math.max(1, Math.floor((this.h - 26) / gap));
    dots.forEach((dot, i) => {
      const column = Math.floor(i / rows);
      const row = i % rows;
      dot.tx = side(10 + column * gap + (row % 2) * gap * 0.5);
      dot.ty = this.floor - 8 - row * gap;
      dot.r = Math.max(1.5, gap * 0.29);
      if (atOnce) Object.assign(dot, { x: dot.tx, y: dot.ty });
    });
  }

  run() {
    if (this.frame) return;
    const step = () => {
      this.frame = this.move() ? requestAnimationFrame(step) : 0;
      this.draw();
    };
    this.frame = requestAnimationFrame(step);
  }

  // move brings everyone nearer; it reports whether anybody still walks.
  move() {
    let walking = false;
    const middle = this.w / 2;
    let passing = 0;
    for (const dots of [this.waiting, this.inside, this.leaving]) {
      for (const dot of dots) {
        const through = dots === this.inside && dot.x < middle + this.arch * 0.3;
        const tx = through ? middle + this.arch * 0.4 : dot.tx;
        const ty = through ? this.floor - 10 : dot.ty;
        const dx = tx - dot.x;
        const dy = ty - dot.y;
        if (Math.abs(dx) + Math.abs(dy) < 0.5) continue;
        walking = true;
        if (through && Math.abs(dot.x - middle) < this.arch * 0.4) passing++;
        const ease = through ? 0.09 : 0.06;
        dot.x += dx * ease;
        dot.y += dy * (through ? 0.14 : ease);
      }
    }
    this.leaving = this.leaving.filter((dot) => Math.abs(dot.x - dot.tx) > 2);
    const glow = passing ? 1 : 0;
    this.glow += (glow - this.glow) * 0.06;
    return walking || Math.abs(glow - this.glow) > 0.01;
  }

  draw() {
    const { pen, w, h } = this;
    pen.clearRect(0, 0, w, h);
    this.door();
    this.people(this.waiting, this.colour('ink'), 0.8);
    this.people(this.inside, this.colour('accent'), 1);
    this.people(this.leaving, this.colour('soft'), 0.35);
  }

  people(dots, colour, alpha) {
    const { pen } = this;
    pen.fillStyle = colour;
    pen.globalAlpha = alpha;
    pen.beginPath();
    for (const { x, y, r = 3 } of dots) {
      pen.moveTo(x + r, y);
      pen.arc(x, y, r, 0, 7);
    }
    pen.fill();
    pen.globalAlpha = 1;
  }

  door() {
    const { pen, w, floor, arch } = this;
    const open = this.zone && this.zone.state === 'open' && !this.zone.soldOut;
    const path = (width, top) => {
      pen.beginPath();
      pen.moveTo(w / 2 - width / 2, floor);
      pen.lineTo(w / 2 - width / 2, floor - top + width / 2);
      pen.arc(w / 2, floor - top + width / 2, width / 2, Math.PI, 0);
      pen.lineTo(w / 2 + width / 2, floor);
      pen.closePath();
    };
    const shade = pen.createRadialGradient(w / 2, floor - arch * 0.5, 0, w / 2, floor - arch * 0.5, arch * 1.7);
    shade.addColorStop(0, this.colour('light'));
    shade.addColorStop(1, 'transparent');
    pen.globalAlpha = open ? 0.16 + 0.3 * this.glow : 0.03;
    pen.fillStyle = shade;
    pen.fillRect(w / 2 - arch * 1.7, 0, arch * 3.4, floor);
    pen.globalAlpha = 1;
    path(arch * 1.12, arch * 1.42);
    pen.fillStyle = this.colour('wall');
    pen.fill();
    pen.strokeStyle = this.colour('line');
    pen.stroke();
    path(arch * 0.92, arch * 1.3);
    pen.fillStyle = open ? this.colour('light') : this.colour('door');
    pen.fill();
    if (open) this.leaves();
    else this.split();
    pen.strokeStyle = this.colour('line');
    pen.beginPath();
    pen.moveTo(0, floor + 0.5);
    pen.lineTo(w, floor + 0.5);
    pen.stroke();
  }

  // leaves are the two halves of the door, ajar.
  leaves() {
    const { pen, w, floor, arch } = this;
    const half = arch * 0.46;
    pen.fillStyle = this.colour('door');
    for (const side of [-1, 1]) {
      pen.beginPath();
      const hinge = w / 2 + side * half;
      pen.moveTo(hinge, floor);
      pen.lineTo(hinge, floor - arch * 1.3 + half);
      pen.quadraticCurveTo(hinge, floor - arch * 1.3 + half * 0.35, hinge - side * half * 0.34, floor - arch * 1.3 + half * 0.16);
      pen.lineTo(hinge - side * half * 0.34, floor);
      pen.closePath();
      pen.fill();
    }
  }

  split() {
    const { pen, w, floor, arch } = this;
    pen.strokeStyle = this.colour('light');
    pen.globalAlpha = 0.5;
    pen.beginPath();
    pen.moveTo(w / 2, floor);
    pen.lineTo(w / 2, floor - arch * 1.3);
    pen.stroke();
    pen.globalAlpha = 1;
  }
}
