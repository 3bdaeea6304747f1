// The seat map as it is drawn and read: the overview's sections, and their rows once they are loaded.

export const standard = 'standard'; // the price type of every seat for which no other is chosen

export class Venue {
  // overview is the answer of GET map.
  constructor(overview) {
    this.sections = new Map();
    this.grow(overview);
  }

  // grow takes a newer overview. Sections that changed are new ones: their rows are loaded anew.
  grow({ version, name, currency, digits, stage, types = [], categories, sections }) {
    Object.assign(this, { version, name, currency, digits, stage, types });
    this.categories = new Map(categories.map((c, i) => [c.id, { ...c, index: i }]));
    const had = this.sections;
    this.sections = new Map(sections.map((s) => [s.id, had.has(s.id) && had.get(s.id).hash === s.hash ? had.get(s.id) : newSection(s)]));
    const boxes = [...this.sections.values()].map((s) => s.box);
    this.box = boxOf(corners([...boxes, { x0: this.stage.x, x1: this.stage.x, y0: this.stage.y, y1: this.stage.y }]));
  }

  // load takes the answer of GET map/{section}.
  load(answer) {
    const section = this.sections.get(answer.id);
    if (!section || section.loaded) return;
    if (answer.hash !== section.hash) [section.hash, this.version] = [answer.hash, 0]; // one of the two is old: ask again
    section.rows = (answer.rows || []).map((row) => newRow(row, section, answer.category));
    section.capacity = answer.capacity || 0;
    section.category = answer.category || '';
    section.loaded = true;
    if (section.rows.length) section.pitch = Math.min(...section.rows.map((r) => r.pitch));
    for (const row of section.rows) for (const seat of row.seats) section.byId.set(seat.id, seat);
  }

  // seat is a seat's {id, row, label, x, y, category, accessible, companion}, or a place of a standing section.
  seat(id) {
    const section = this.sections.get(id.slice(0, id.indexOf('-')));
    if (!section) return null;
    const seat = section.byId.get(id);
    if (seat || section.kind !== 'standing') return seat || null;
    return { id, section, place: true, category: section.category || section.categories[0], ...center(section.box) };
  }

  // price is what a seat costs at a price type, null while that isn't known.
  price(seat, type = standard) {
    const category = seat && this.categories.get(seat.category);
    if (!category || type === standard) return category ? category.price : null;
    return category.prices?.find((p) => p.type === type)?.price ?? null;
  }

  // typesOf is the price types at which a seat is sold, none while that isn't known.
  typesOf(seat) {
    return this.types.filter((type) => (!type.for || (seat && seat[type.for])) && this.price(seat, type.id) !== null);
  }

  // near is the seat nearest a point, no further off than reach, of the loaded sections.
  near(x, y, reach) {
    let best = null, least = reach * reach;
    for (const section of this.sections.values()) {
      if (!within(section.reach(), x, y, reach)) continue;
      for (const row of section.rows) {
        if (!within(row.box, x, y, reach)) continue;
        for (const seat of row.seats) {
          const d = (seat.x - x) ** 2 + (seat.y - y) ** 2;
          if (d < least) [best, least] = [seat, d];
        }
      }
    }
    return best;
  }

  // at is the section whose outline holds a point.
  at(x, y) {
    for (const section of this.sections.values()) if (inside(section.outline, x, y)) return section;
    return null;
  }
}

function newSection(s) {
  const box = boxOf(s.outline);
  const area = areaOf(s.outline);
  const section = {
    ...s, box, area, rows: [], byId: new Map(), loaded: false,
    pitch: Math.sqrt(area / Math.max(s.seats, 1)) * 0.8, // a guess until it is loaded
    reach() {
      return this.extent || (this.extent = this.rows.length ? boxOf(corners([box, ...this.rows.map((r) => r.box)])) : box);
    },
  };
  if (s.kind === 'standing') Object.assign(section, { loaded: true, capacity: s.seats, category: s.categories[0] });
  return section;
}

function newRow(row, section, category) {
  const seats = row.seats.map((s) => ({
    ...s, row: row.label || row.id, section,
    label: s.label || s.id.slice(s.id.lastIndexOf('-') + 1),
    category: s.category || row.category || category,
  }));
  let pitch = Infinity;
  for (let i = 1; i < seats.length; i++) pitch = Math.min(pitch, Math.hypot(seats[i].x - seats[i - 1].x, seats[i].y - seats[i - 1].y));
  const line = { id: row.id, label: row.label || row.id, seats, box: boxOf(seats), pitch: pitch === Infinity ? 0.5 : pitch };
  for (const seat of seats) seat.of = line;
  return line;
}

// areaOf a polygon (the shoelace formula).
function areaOf(polygon) {
  let twice = 0;
  polygon.forEach((a, i) => {
    const b = polygon[(i + 1) % polygon.length];
    twice += a.x * b.y - b.x * a.y;
  });
  return Math.abs(twice) / 2;
}

export function boxOf(points) {
  const box = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
  for (const { x, y } of points) {
    if (x < box.x0) box.x0 = x;
    if (x > box.x1) box.x1 = x;
    if (y < box.y0) box.y0 = y;
    if (y > box.y1) box.y1 = y;
  }
  return box;
}

const corners = (boxes) => boxes.flatMap((b) => [{ x: b.x0, y: b.y0 }, { x: b.x1, y: b.y1 }]);
const center = (b) => ({ x: (b.x0 + b.x1) / 2, y: (b.y0 + b.y1) / 2 });

function within(b, x, y, reach) {
  return x > b.x0 - reach && x < b.x1 + reach && y > b.y0 - reach && y < b.y1 + reach;
}

export function overlap(a, b) {
  return a.x0 <= b.x1 && a.x1 >= b.x0 && a.y0 <= b.y1 && a.y1 >= b.y0;
}

// inside reports whether a polygon holds a point (even–odd rule).
export function inside(polygon, x, y) {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [a, b] = [polygon[i], polygon[j]];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) odd = !odd;
  }
  return odd;
}
