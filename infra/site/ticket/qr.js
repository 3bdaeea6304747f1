// Draws a code from its modules: {size, bits}, row by row, a bit a module, in unpadded base64url.

const svg = 'http://www.w3.org/2000/svg';
const quiet = 4; // modules of white that must surround a code

// path is the black modules as a path, neighbours in a row joined, so that no hairlines show between them.
export function path({ size, bits }) {
  const bytes = atob(bits.replaceAll('-', '+').replaceAll('_', '/'));
  const black = (x, y) => x < size && (bytes.charCodeAt((y * size + x) >> 3) >> (7 - ((y * size + x) & 7))) & 1;
  let d = '';
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (!black(x, y)) continue;
      const from = x;
      while (black(x + 1, y)) x++;
      d += `M${from + quiet} ${y + quiet}h${x + 1 - from}v1h${from - x - 1}z`;
    }
  }
  return d;
}

// draw is the code as a picture with a name.
export function draw(qr, name) {
  const picture = document.createElementNS(svg, 'svg');
  const side = qr.size + 2 * quiet;
  picture.setAttribute('viewBox', `0 0 ${side} ${side}`);
  picture.setAttribute('shape-rendering', 'crispEdges');
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', name);
  const modules = document.createElementNS(svg, 'path');
  modules.setAttribute('d', path(qr));
  modules.setAttribute('fill', 'currentColor');
  picture.append(modules);
  return picture;
}
