// Wires the page that opens the door to the browser. The edge shows it at the visitor's own address when only the
// admitter can say whether they may go on: when there is room for somebody new, when a visit was not seen for two
// minutes, and when it comes from another network.

import { api } from '../shared/api.js';
import { memory } from '../shared/memory.js';
import { stay, steady } from '../shared/stay.js';
import { cleaned, zoneHere } from '../shared/zone.js';
import { ask } from './ask.js';

const t = FOYER_TEXTS.enter;
const zone = zoneHere(new URLSearchParams(location.search));
const home = cleaned(location.href);
const session = memory(() => sessionStorage);
const calls = api(zone);

// load loads the address again; one that comes back here time and again ends in the waiting room.
function load() {
  const now = Date.now();
  const recent = (session.get('foyer-loads') || []).filter((t) => Math.abs(now - t) < 60000);
  if (recent.length >= 3) return room();
  session.set('foyer-loads', [...recent, now]);
  history.replaceState(null, '', home);
  location.reload();
}

function room() {
  const url = new URL(home, location.href);
  url.searchParams.set('foyer_w', '1');
  location.replace(url.href);
}

ask({
  random: Math.random,
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
  enter: () => calls.enter('', true),
  inside: (answer) => memory(() => localStorage).set('foyer-inside-' + zone, stay(answer, steady())),
  load,
  room,
  say: (word) => (document.getElementById('lead').textContent = t.said[word]),
});
