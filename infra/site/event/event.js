// What the zone sells, when and where, for every page. Pages load this module when they have shown what matters first.

import { ask } from '../shared/api.js';
import { moment } from '../shared/moment.js';
import { say } from '../shared/say.js';

const t = FOYER_TEXTS.event;

const again = 20000; // ms: what the CDN keeps may be that old
const tries = 6;

// event gives the zone's event, of this version or a later one; null when it can't be had.
export async function event(zone, version = 0) {
  for (let i = 0; i < tries; i++) {
    const { status, body } = await ask(fetch, '/foyer/zones/' + zone + '/event', { method: 'GET', cache: i ? 'no-cache' : 'default', credentials: 'omit' });
    if (status === 200 && body.version >= version) return body;
    if (status === 404) return null;
    await new Promise((resolve) => setTimeout(resolve, again * (0.8 + 0.4 * Math.random())));
  }
  return null;
}

// when is the time of the event by the clocks of its place, or what has become of it; empty while nothing is known. Who
// has other clocks reads whose these are.
export function when(e) {
  if (e.status) return t[e.status];
  if (!e.begin) return '';
  const begin = (timeZone) => moment(e.begin, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone });
  const at = begin(e.timeZone);
  const all = e.doors ? say(t.doors, { when: at, doors: moment(e.doors, { timeZone: e.timeZone }) }) : at;
  return at === begin() ? all : say(t.clock, { when: all, city: e.timeZone.split('/').pop().replaceAll('_', ' ') });
}

const where = (e) => [e.place, e.address].filter(Boolean).join(', ');

// line is the event in one line, without its name.
export const line = (e) => [when(e), e.place].filter(Boolean).join(' · ');

// links is what leads on from a page: the calendar file, the event's own page, the organiser, imprint and terms.
export function links(e) {
  const all = [
    [t.calendar, e.begin && !e.status && '/foyer/zones/' + e.zone + '/event.ics'],
    [t.page, e.link],
    [say(t.contact, { organiser: e.organiser }), e.contact && 'mailto:' + e.contact],
    [t.imprint, e.imprint],
    [t.terms, e.terms],
  ];
  return all.filter(([, href]) => href).map(([words, href]) => {
    const a = document.createElement('a');
    a.href = href;
    a.textContent = words;
    return a;
  });
}

// onward leads to the first page of the site, from where nothing else leads on.
export function onward(node) {
  const a = document.createElement('a');
  a.href = '/';
  a.textContent = t.home;
  node.replaceChildren(a);
  node.hidden = false;
}

// show fills what a page has for it: name, line, time, place, message, what it was before a change, and links. It asks
// for the event unless the page was told that version.
export async function show(zone, parts, version, told) {
  const e = told && told.version >= version ? told : await event(zone, version);
  if (!e || !e.version) {
    if (parts.links) onward(parts.links);
    return e;
  }
  const texts = {
    name: e.name, line: line(e), time: when(e), place: where(e), message: e.message,
    moved: e.change && e.change.begin !== e.begin && !e.status
      ? say(t.moved, { was: moment(e.change.begin, { weekday: 'long', day: 'numeric', month: 'long', timeZone: e.timeZone }) }) : '',
  };
  for (const name in parts) {
    for (const node of [].concat(parts[name])) {
      const all = name === 'links' && links(e);
      if (all && !all.length) onward(node);
      else if (all) node.replaceChildren(...all.flatMap((a) => [a, ' ']));
      else node.textContent = texts[name] || '';
      node.hidden = !node.textContent;
      if (name === 'time') node.classList.toggle('off', Boolean(e.status));
    }
  }
  return e;
}
