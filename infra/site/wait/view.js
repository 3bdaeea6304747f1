// The screen: copies what present.js says to the page, and nothing that is there already.

import { write } from '../shared/text.js';

export const $ = (id) => document.getElementById(id);

// fixed puts the words that never change into the page.
export function fixed(t) {
  document.documentElement.lang = t.lang;
  const words = { alert: t.alert, leave: t.leave, enter: t.enter, anew: t.anew, retry: t.retry, ask: t.leaveAsk, asked: t.leaveText, stay: t.stay, go: t.leave };
  for (const id in words) $(id).textContent = words[id];
  document.querySelector('#draw summary').textContent = t.draw.open;
}

export function show(v, t) {
  const root = document.documentElement;
  root.dataset.phase = v.phase;
  root.style.setProperty('--open', v.open);
  for (const id of ['name', 'head', 'lead', 'note', 'link', 'label', 'number', 'about']) write($(id), v[id]);
  $('figure').hidden = !v.number && !v.about;
  $('figure').dataset.size = v.number.length > 7 ? 'long' : '';
  $('note').classList.toggle('honest', Boolean(v.honest));
  rail(v.rail, t);
  facts($('facts'), v.facts);
  for (const id in v.buttons) $(id).hidden = !v.buttons[id];
  if (title !== v.title) document.title = title = v.title;
  draw(v.draw, t);
}

function rail(part, t) {
  const node = $('rail');
  node.hidden = part === null;
  if (part === null) return;
  node.setAttribute('aria-label', t.labels.place);
  node.setAttribute('aria-valuenow', Math.round(100 * part));
  node.style.setProperty('--part', part);
}

function facts(list, pairs) {
  const key = JSON.stringify(pairs);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.hidden = !pairs.length;
  list.replaceChildren(...pairs.map(([name, value]) => pair(name, value)));
}

function pair(name, value) {
  const row = document.createElement('div');
  const [dt, dd] = [document.createElement('dt'), document.createElement('dd')];
  dt.textContent = name;
  dd.textContent = value;
  row.append(dt, dd);
  return row;
}

let drawn;
let title;

async function draw(d, t) {
  const panel = $('draw');
  panel.hidden = !d;
  const key = JSON.stringify(d);
  if (!d || drawn === key) return;
  drawn = key;
  const [say, list] = [panel.querySelector('p'), panel.querySelector('dl')];
  const rows = [[t.draw.commitment, d.commitment]];
  if (!d.drawn) {
    say.textContent = t.draw.before;
    return list.replaceChildren(...rows.map(([name, value]) => pair(name, value)));
  }
  say.textContent = t.draw.busy;
  const { verify } = await import('/foyer/site/verify.js');
  const answer = await verify(d.zone, d, d.visitor);
  rows.push([t.draw.seed, d.seed], [t.draw.visitor, d.visitor], [t.draw.rank, answer.rank]);
  const place = d.late ? t.draw.late : t.draw.part(answer.part);
  panel.dataset.fair = answer.fair;
  say.textContent = (answer.fair ? t.draw.fair : t.draw.unfair) + ' ' + place + ' ' + t.draw.after;
  list.replaceChildren(...rows.map(([name, value]) => pair(name, value)));
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
