// The legend: one sign per state, drawn as on the map.

import { h, make } from './dom.js';
import { chairs, marks, tick } from './shapes.js';

const t = FOYER_TEXTS.list;

export function legend() {
  const entries = [['available', t.states.available], ['mine', t.states.mine], ['locked', t.states.locked], ['taken', t.states.taken], ['accessible', t.accessible], ['companion', t.companion]];
  return h('ul', { class: 'signs' }, ...entries.map(([kind, words]) => h('li', {}, sign(kind), words)));
}

function sign(kind) {
  const svg = make('svg', { viewBox: '-1 -1 2 2', 'aria-hidden': 'true' });
  const g = make('g', { class: kind === 'mine' ? 'own' : 'chairs' }, svg);
  g.style.setProperty('--p', 2);
  if (kind === 'mine') {
    make('circle', { r: 0.9 }, g);
    make('path', { d: tick(0, 0, 0.85), 'stroke-width': 0.24 }, g);
    return svg;
  }
  const row = { pitch: 2, seats: [{ id: 'x', x: 0, y: 0, [kind]: true }] };
  const status = () => (kind === 'locked' || kind === 'taken' ? kind : 'available');
  const drawn = { ...chairs(row, status, () => 0), m: marks(row, status) };
  for (const name in drawn) make('path', { d: drawn[name], class: name[0] }, g);
  return svg;
}
