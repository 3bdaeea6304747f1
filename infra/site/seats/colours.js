// Colours of price categories, made legible: 4.5:1 against the paper that they lie on, by day and by night,
// since numbers are written on them in the paper’s colour.

const own = ['#a8482a', '#2f6f9f', '#3f7d4f', '#8a5ca8', '#8e6a12', '#b0416b', '#3d7f86', '#6b6f2a'];

// categoryColour is {light, dark} for a category's own colour, or for the i-th without one.
export function categoryColour(colour, i, papers) {
  const base = parse(/^#[0-9a-f]{6}$/i.test(colour || '') ? colour : own[i % own.length]);
  return { light: write(legible(base, parse(papers.light))), dark: write(legible(base, parse(papers.dark))) };
}

function legible(colour, paper) {
  const toward = luminance(paper) > 0.4 ? [0, 0, 0] : [255, 255, 255];
  let c = colour;
  for (let part = 0; contrast(c, paper) < 4.6 && part < 1; part += 0.05) c = mix(colour, toward, part);
  return c;
}

export const parse = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const write = (c) => '#' + c.map((v) => Math.round(v).toString(16).padStart(2, '0')).join('');
const mix = (a, b, part) => a.map((v, i) => v + (b[i] - v) * part);

// contrast is the ratio of WCAG 2.
export function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}

function luminance(c) {
  const [r, g, b] = c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
