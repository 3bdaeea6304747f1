// The legend: one sign per state, drawn as on the map.

import { h } from './dom.js';
import { chairs, marks, tick } from './shapes.js';

const ns = 'http://www.w3.org/2000/svg';

export function legend(t) {
  const entries = [['available', t.states.available], ['mine', t.states.mine], ['locked', t.states.locked], ['taken', t.states.taken], ['accessible', t.accessible], ['companion', t.companion]];
  return h('ul', { class: 'signs' }, ...entries.map(([kind, words]) => h('li', {}, sign(kind), words)));
}

function sign(kind) {
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '-1 -1 2 2');
  svg.setAttribute('aria-hidden', 'true');
  const seat = { id: 'x', x: 0, y: 0, accessible: kind === 'accessible', companion: kind === 'companion' };
  const row = { pitch: 2, seats: [seat] };
  const status = kind === 'locked' || kind === 'taken' ? kind : 'available';
  const add = (parent, d, name, width) => {
    const path = document.createElementNS(ns, 'path');
    path.setAttribute('d', d);
    path.setAttribute('class', name);
    if (width) path.setAttribute('stroke-width', width);
    parent.append(path);
  };
  const g = document.createElementNS(ns, 'g');
  g.setAttribute('class', kind === 'mine' ? 'own' : 'chairs');
  g.style.setProperty('--p', '2');
  svg.append(g);
  if (kind === 'mine') {
    const circle = document.createElementNS(ns, 'circle');
    circle.setAttribute('r', '.9');
    g.append(circle);
    add(g, tick(0, 0, 0.85), '', 0.24);
    return svg;
  }
  const drawn = chairs(row, () => status, () => 0);
  for (const name in drawn) add(g, drawn[name], name[0]);
  add(g, marks(row, () => status), 'm');
  return svg;
}
