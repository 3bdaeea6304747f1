// The screen: copies what present.js says to the page, and nothing that is there already.

import { write } from '../shared/text.js';
import { pairs } from './pairs.js';

export const $ = (id) => document.getElementById(id);

export function show(v) {
  const root = document.documentElement;
  root.dataset.phase = v.phase;
  root.style.setProperty('--open', v.open);
  for (const id of ['name', 'head', 'lead', 'note', 'link', 'label', 'number', 'about']) write($(id), v[id]);
  $('figure').hidden = !v.number && !v.about;
  $('figure').className = v.counting ? 'soon' : '';
  $('figure').dataset.size = v.number.length > 7 ? 'long' : '';
  $('note').classList.toggle('honest', Boolean(v.honest));
  rail(v.rail);
  facts($('facts'), v.facts);
  for (const id in v.buttons) $(id).hidden = !v.buttons[id];
  if (title !== v.title) document.title = title = v.title;
  draw(v.draw);
}

function rail(part) {
  const node = $('rail');
  node.hidden = part === null;
  if (part === null) return;
  node.setAttribute('aria-valuenow', Math.round(100 * part));
  node.style.setProperty('--part', part);
}

function facts(list, all) {
  const key = JSON.stringify(all);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.hidden = !all.length;
  pairs(list, all);
}

let title;

// draw shows the draw that gave the place, by a module that loads for it.
async function draw(d) {
  $('draw').hidden = !d;
  if (!d) return;
  const { panel } = await import('/foyer/site/verify.js');
  panel($('draw'), d);
}

// confirm asks before the place is given up.
export function confirm() {
  const box = $('sure');
  return new Promise((resolve) => {
    const done = (yes) => () => {
      box.onclose = null;
      box.close();
      resolve(yes);
    };
    $('stay').onclick = done(false);
    $('go').onclick = done(true);
    box.onclose = () => box.open || done(false)(); // the last question's close may come late
    box.showModal();
    $('stay').focus();
  });
}
