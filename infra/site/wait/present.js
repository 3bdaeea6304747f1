// What the screen shows, as plain values, from what the room knows. Pure: view.js only copies it to the page.

import { clock } from '../shared/clock.js';
import { moment } from '../shared/moment.js';
import { count, say } from '../shared/say.js';
import { drawn, phase, queues } from './phase.js';
import { beyond, progress, shown } from './place.js';
import { range } from './range.js';

// present gives {phase, head, lead, number, label, about, open, facts, note, live, buttons, title, say}.
export function present(m, now, t, { visible = true, online = true } = {}) {
  const name = phase(m, now);
  const s = m.status || {};
  const v = {
    phase: name, name: s.title || '', number: '', label: '', about: '', facts: [], note: '', ask: '',
    head: '', lead: '', open: ajar(name, m), rail: null, buttons: buttons(name, m), draw: drawPanel(name, m),
    link: link(name, m, t, online),
  };
  const words = wordsOf(name, m, t);
  v.head = words.head;
  v.lead = v.name || !words.unnamed ? say(words.lead, { event: v.name }) : words.unnamed;
  (scenes[name] || plain)(v, m, now, t, visible);
  v.title = pageTitle(v, m, t);
  v.say = say(v.spoken || t.say.plain, { head: v.head, lead: v.lead, opens: v.about, place: v.number, wait: v.wait });
  return v;
}

function wordsOf(name, m, t) {
  if (name !== 'waiting') return t[name];
  if (m.missed) return t.first;
  if (m.ahead === null) return t.counting;
  return m.ahead === 0 ? t.next : t.waiting;
}

const plain = () => {};

const scenes = {
  scheduled(v, m, now, t) {
    const { opensAt, policy, waiting } = m.status;
    if (opensAt) {
      v.label = t.labels.opens;
      v.number = clock(opensAt - now);
      v.about = say(t.scheduled.at, { when: when(opensAt, now) });
      v.spoken = t.say.opens;
    } else v.about = t.scheduled.noTime;
    v.note = policy === 'draw' ? t.scheduled.draw : t.scheduled.line;
    if (waiting > 1) v.facts.push([t.labels.early, count(shown(waiting))]);
  },
  waiting(v, m, now, t) {
    v.counting = m.ahead === null && !m.missed;
    line(v, m, t);
    v.note = beyond(m.status, m.ahead) ? say(t.beyond, { n: m.status.seatsLeft }) : t.safe;
    v.honest = beyond(m.status, m.ahead);
  },
  paused(v, m, now, t) {
    line(v, { ...m, wait: null }, t);
  },
  soldout(v, m, now, t) {
    line(v, { ...m, wait: null }, t);
  },
  turn(v, m, now, t, visible) {
    if (visible) v.lead = t.turn.now;
    if (!m.turn.until) return;
    v.number = clock(m.turn.until - now);
    v.about = t.turn.left;
  },
};

// line shows the place, the wait and the others.
function line(v, m, t) {
  const { status, ahead, wait } = m;
  if (ahead !== null && !m.missed) {
    v.label = t.labels.place;
    v.number = count(shown(ahead + 1));
    v.about = ahead >= 100 ? t.about : '';
    v.rail = progress(m.kept);
  }
  v.wait = wait ? range(wait, t) : t.unsure;
  if (v.phase === 'waiting' && (wait || ahead > 0)) v.facts.push([t.labels.wait, v.wait]);
  const all = Math.max(status.waiting || 0, ahead === null ? 0 : ahead + 1);
  if (all > 1) v.facts.push([t.labels.waiting, count(shown(all))]);
  if (status.seatsLeft >= 0 && v.phase !== 'soldout') v.facts.push([t.labels.seats, count(status.seatsLeft)]);
  if (v.phase === 'waiting' && v.number) v.spoken = v.about ? t.say.about : t.say.place;
}

// ajar is how far the doors stand open, 0 to 1: a little for everyone who waits, wide when it is one's turn.
function ajar(name, m) {
  if (name === 'turn' || name === 'entering') return 1;
  if (name === 'waiting') return 0.12 + 0.5 * progress(m.kept) ** 2;
  if (name === 'opening' || name === 'drawing') return 0.12;
  return name === 'paused' ? 0.05 : 0;
}

function buttons(name, m) {
  const waits = queues(name) && name !== 'entering' && name !== 'turn';
  return {
    alert: waits && name !== 'late',
    leave: waits && m.registered,
    enter: name === 'turn' || name === 'late',
    anew: name === 'left' || name === 'ended',
    retry: ['cookies', 'refused', 'error'].includes(name),
  };
}

function drawPanel(name, m) {
  const s = m.status;
  if (!s || !s.draw || !s.you || !queues(name)) return null;
  return { ...s.draw, drawn: drawn(s), visitor: s.you.id, late: Boolean(m.key) && m.key[1] === '1', zone: m.zone };
}

function link(name, m, t, online) {
  if (!online) return t.offline;
  if (m.status && m.trouble > 1 && queues(name)) return t.again;
  return '';
}

function pageTitle(v, m, t) {
  const name = v.name || 'Foyer';
  if (v.phase === 'turn') return `${v.number ? say(t.closing, { left: v.number }) : t.turn.head} · ${name}`;
  if (v.phase === 'waiting' && v.number) return `${say(t.placeShort, { place: shown(m.ahead + 1) })} · ${name}`;
  if (v.phase === 'scheduled' && v.number) return `${v.number} · ${name}`;
  return `${v.head} · ${name}`;
}

function when(at, now) {
  const far = new Date(at).toDateString() !== new Date(now).toDateString();
  const day = far ? { weekday: 'long', day: 'numeric', month: 'long' } : {};
  return moment(at, day);
}
