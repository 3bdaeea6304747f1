// For the pages behind the waiting room: include it as <script src="/foyer/site/v1/inside.js"></script> and a visitor's
// access is renewed for as long as somebody looks at the page and the session lives. It shows nothing. What it offers
// as window.foyer and dispatches on window stands in inside.d.ts. data-zone on the script tag names a zone that the
// address doesn't.

import { api, verdict } from '../shared/api.js';
import { after } from '../shared/env.js';
import { memory } from '../shared/memory.js';
import { steady } from '../shared/stay.js';
import { zoneOf } from '../shared/zone.js';
import { Visit } from './visit.js';

const script = document.currentScript;
const zone = (script && script.dataset.zone) || zoneOf(location.pathname);
const local = memory(() => localStorage);

const visit = new Visit({
  now: steady,
  random: Math.random,
  after,
  api: api(zone),
  verdict,
  kept: { get: () => local.get('foyer-inside-' + zone), set: (value) => local.set('foyer-inside-' + zone, value) },
  visible: () => document.visibilityState === 'visible',
  tell: (name, detail) => dispatchEvent(new CustomEvent('foyer:' + name, { detail, cancelable: true })),
  again: () => location.reload(),
});

document.addEventListener('visibilitychange', () => visit.seen());
addEventListener('online', () => visit.seen());
window.foyer = {
  version: 1,
  leave: () => visit.leave(),
  renew: () => visit.renew(),
  get endsIn() {
    return visit.endsIn;
  },
};
visit.start();
