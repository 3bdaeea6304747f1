// Verify my draw: recompute one's own rank in the browser from what was published.

import { say } from '../shared/say.js';
import { pairs } from './pairs.js';

const t = FOYER_TEXTS.draw;
const text = new TextEncoder();

// verify gives {fair, rank, part}: whether the seed is the one promised before the sale, this visitor's rank (12 hex
// digits, the first 6 bytes of HMAC-SHA256(seed, visitor id)), and where that lies among all ranks, from 0 to 1.
export async function verify(zone, draw, visitor, subtle = crypto.subtle) {
  const promise = hex(await subtle.digest('SHA-256', text.encode(zone + draw.seed)));
  const key = await subtle.importKey('raw', text.encode(draw.seed), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const mac = await subtle.sign('HMAC', key, text.encode(visitor));
  const rank = hex(mac).slice(0, 12);
  return { fair: promise === draw.commitment, rank, part: parseInt(rank, 16) / 2 ** 48 };
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
}

let drawn;

// panel shows a draw: {zone, commitment, seed, drawn, visitor, late}.
export async function panel(node, d) {
  const key = JSON.stringify(d);
  if (drawn === key) return;
  drawn = key;
  const [line, list] = [node.querySelector('p'), node.querySelector('dl')];
  node.querySelector('summary').textContent = t.open;
  const rows = [[t.commitment, d.commitment]];
  line.textContent = d.drawn ? t.busy : t.before;
  if (d.drawn) {
    const { fair, rank, part } = await verify(d.zone, d, d.visitor);
    rows.push([t.seed, d.seed], [t.visitor, d.visitor], [t.rank, rank]);
    node.dataset.fair = fair;
    line.textContent = say(t.result, { verdict: fair ? t.fair : t.unfair, place: d.late ? t.late : place(part) });
  }
  pairs(list, rows);
}

// place says where a rank lies among all, from 0 to 1.
export function place(part) {
  const n = Math.round((1 - part) * 100);
  return n % 100 ? say(t.ahead, { n }) : n ? t.first : t.last;
}
