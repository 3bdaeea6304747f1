// How seats look: a state differs by its shape first, and by its colour too. Pure: from seats to SVG path data.
//
// Far off, a row is one path per state: dots for available seats, dashes for locked, specks for taken. Near, each
// seat is drawn: a full chair, an empty one with a bar, a cross; one's own with a tick.

const n = (v) => Math.round(v * 1000) / 1000;

// dots gives {kind: path data} for a row seen from afar. kind is a0, a1 … by category, l or t. The stroke's round
// ends make the dots.
export function dots(row, statusOf, categoryOf) {
  const r = row.pitch * 0.3;
  return gather(row, statusOf, categoryOf, (seat, status) =>
    status === 'locked' ? `M${n(seat.x - r)},${n(seat.y)}h${n(2 * r)}` : `M${n(seat.x)},${n(seat.y)}h0`);
}

// chairs gives the same for a row seen from near.
export function chairs(row, statusOf, categoryOf) {
  const s = row.pitch * 0.4; // half a seat
  const draw = {
    available: (x, y, seat) => (seat.accessible ? round(x, y, s * 1.05) : chair(x, y, s)),
    locked: (x, y) => chair(x, y, s * 0.9) + `M${n(x - s * 0.45)},${n(y)}h${n(s * 0.9)}`,
    taken: (x, y) => cross(x, y, s * 0.45),
    mine: (x, y) => chair(x, y, s),
  };
  return gather(row, statusOf, categoryOf, (seat, status) => draw[status](seat.x, seat.y, seat));
}

// marks gives the path of signs that stand on available seats: places for a wheelchair, and the companion's beside it.
export function marks(row, statusOf) {
  const s = row.pitch * 0.4;
  let out = '';
  for (const seat of row.seats) {
    if (statusOf(seat.id) !== 'available') continue;
    if (seat.accessible) out += wheelchair(seat.x, seat.y, s);
    else if (seat.companion) out += `M${n(seat.x - s * 0.4)},${n(seat.y)}h${n(s * 0.8)}M${n(seat.x)},${n(seat.y - s * 0.4)}v${n(s * 0.8)}`;
  }
  return out;
}

function gather(row, statusOf, categoryOf, path) {
  const out = {};
  for (const seat of row.seats) {
    const status = statusOf(seat.id);
    const kind = status === 'taken' ? 't' : status === 'locked' ? 'l' : 'a' + categoryOf(seat);
    out[kind] = (out[kind] || '') + path(seat, status);
  }
  return out;
}

// chair is a seat from above: a square with a round back.
function chair(x, y, s) {
  const r = s * 0.55, q = s * 0.22;
  return (
    `M${n(x - s)},${n(y + s - r)}V${n(y - s + q)}q0,${n(-q)} ${n(q)},${n(-q)}H${n(x + s - q)}q${n(q)},0 ${n(q)},${n(q)}V${n(y + s - r)}` +
    `q0,${n(r)} ${n(-r)},${n(r)}H${n(x - s + r)}q${n(-r)},0 ${n(-r)},${n(-r)}z`
  );
}

function round(x, y, r) {
  return `M${n(x - r)},${n(y)}a${n(r)},${n(r)} 0 1,0 ${n(2 * r)},0a${n(r)},${n(r)} 0 1,0 ${n(-2 * r)},0z`;
}

function cross(x, y, r) {
  return `M${n(x - r)},${n(y - r)}l${n(2 * r)},${n(2 * r)}m0,${n(-2 * r)}l${n(-2 * r)},${n(2 * r)}`;
}

function wheelchair(x, y, s) {
  const u = s * 0.5;
  return (
    `M${n(x - u * 0.25)},${n(y - u * 1.2)}h0M${n(x - u * 0.25)},${n(y - u * 0.7)}v${n(u * 0.9)}h${n(u * 0.75)}l${n(u * 0.35)},${n(u * 0.75)}` +
    `M${n(x - u * 0.3)},${n(y - u * 0.15)}a${n(u * 0.72)},${n(u * 0.72)} 0 1,0 ${n(u * 0.85)},${n(u * 0.95)}`
  );
}

// tick is the sign on one's own seats.
export function tick(x, y, s) {
  return `M${n(x - s * 0.45)},${n(y + s * 0.02)}l${n(s * 0.32)},${n(s * 0.34)}l${n(s * 0.58)},${n(-s * 0.68)}`;
}

// outline is a polygon's path.
export const outline = (points) => 'M' + points.map((p) => `${n(p.x)},${n(p.y)}`).join('L') + 'z';
