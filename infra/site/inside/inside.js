// For the pages behind the waiting room: include it as <script src="/foyer/site/inside.js"></script> and a visitor's
// access is renewed for as long as somebody looks at the page and the session lives. It shows nothing. It offers
//
//   foyer.leave()   gives the slot back, for example after a purchase; a promise of true, or false to try again
//   foyer.renew()   renews now
//   foyer.endsIn    how many seconds the session still lasts, 0 while unknown
//
// and dispatches on window: foyer:renewed and foyer:ending (a minute before the end), each with detail {endsIn}, and
// foyer:left. When the session has ended it loads the page again, which leads to the waiting room, unless a listener
// of foyer:ended calls preventDefault(). data-zone on the script tag names a zone that the address doesn't.

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
  leave: () => visit.leave(),
  renew: () => visit.renew(),
  get endsIn() {
    return visit.endsIn;
  },
};
visit.start();
