// Where on the map one looks. Pure: a camera is {x, y, k}: the point of the map at the view's top left, and pixels
// per unit of the map.

const pad = 0.06; // of the view, left free around the whole

// fit shows a box as large as it goes, in the middle.
export function fit(box, size, most = Infinity) {
  const [w, h] = [Math.max(box.x1 - box.x0, 1e-6), Math.max(box.y1 - box.y0, 1e-6)];
  const k = Math.min((size.width * (1 - 2 * pad)) / w, (size.height * (1 - 2 * pad)) / h, most);
  return { x: (box.x0 + box.x1) / 2 - size.width / 2 / k, y: (box.y0 + box.y1) / 2 - size.height / 2 / k, k };
}

// pan moves by pixels.
export const pan = (c, dx, dy) => ({ x: c.x - dx / c.k, y: c.y - dy / c.k, k: c.k });

// zoom scales around a point of the view, which stays where it is.
export function zoom(c, factor, px, py, { least, most }) {
  const k = Math.min(most, Math.max(least, c.k * factor));
  return { x: c.x + px / c.k - px / k, y: c.y + py / c.k - py / k, k };
}

// keep holds the camera so that the middle of the view stays on the map.
export function keep(c, box, size) {
  const [halfW, halfH] = [size.width / 2 / c.k, size.height / 2 / c.k];
  const clamp = (v, low, high) => Math.min(Math.max(v, low), high);
  return { x: clamp(c.x + halfW, box.x0, box.x1) - halfW, y: clamp(c.y + halfH, box.y0, box.y1) - halfH, k: c.k };
}

// view is the part of the map that is seen, with a margin in parts of the view.
export function view(c, size, margin = 0) {
  const [w, h] = [size.width / c.k, size.height / c.k];
  return { x0: c.x - w * margin, y0: c.y - h * margin, x1: c.x + w * (1 + margin), y1: c.y + h * (1 + margin) };
}

// between is the CSS transform that makes what was drawn for one camera look as if by another; origin is the view's
// top left.
export function between(drawn, now) {
  const f = now.k / drawn.k;
  return { f, dx: (drawn.x - now.x) * now.k, dy: (drawn.y - now.y) * now.k };
}

export const pointAt = (c, px, py) => ({ x: c.x + px / c.k, y: c.y + py / c.k });
