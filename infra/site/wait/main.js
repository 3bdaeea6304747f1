// Wires the waiting room to the browser. Decisions are in the modules that it names.

import { api } from '../shared/api.js';
import { after, socket } from '../shared/env.js';
import { memory } from '../shared/memory.js';
import { stay, steady } from '../shared/stay.js';
import { cleaned, zoneOf } from '../shared/zone.js';
import { Alert } from './alert.js';
import { present } from './present.js';
import { Room } from './room.js';
import { en } from './strings.js';
import { confirm, fixed, show } from './view.js';
import { Voice } from './voice.js';

const t = en;
const zone = zoneOf(location.pathname);
const home = cleaned(location.href);
const cookieTried = new URLSearchParams(location.search).has('foyer_c');
history.replaceState(null, '', home);

const visible = () => document.visibilityState === 'visible';
const tabs = window.BroadcastChannel && new BroadcastChannel('foyer-' + zone);
const local = memory(() => localStorage);
const alert = new Alert(t);
const voice = new Voice();

const room = new Room(
  {
    now: () => Date.now(),
    random: Math.random,
    after,
    api: api(zone, (...args) => fetch(...args)),
    socket,
    session: memory(() => sessionStorage),
    visible,
    whenSeen(fn) {
      if (visible()) return fn();
      document.addEventListener('visibilitychange', () => visible() && fn());
    },
    go: () => (location.hash ? location.reload() : location.replace(home)),
    inside: (answer) => local.set('foyer-inside-' + zone, stay(answer, steady())),
    tell: (word) => tabs && tabs.postMessage(word),
    cookieTried,
  },
  zone,
  render,
);

function render() {
  const v = present(room.m, room.serverNow(), t, { visible: visible(), online: navigator.onLine });
  show(v, t);
  alert.update(v.phase, visible(), v.name);
  const words = voice.speak(Date.now(), v);
  if (words) document.getElementById('say').textContent = words;
}

const on = (id, fn) => (document.getElementById(id).onclick = fn);
on('leave', async () => (await confirm()) && room.leave());
on('enter', () => room.enter());
on('anew', () => room.anew());
on('retry', () => room.anew());
on('alert', async ({ currentTarget: button }) => {
  button.setAttribute('aria-pressed', 'true');
  button.textContent = t.alertOn;
  await alert.allow();
});

if (tabs) tabs.onmessage = ({ data }) => room.told(data);
document.addEventListener('visibilitychange', () => {
  render();
  if (visible()) room.wake();
});
addEventListener('online', () => room.wake());
addEventListener('offline', render);
addEventListener('pageshow', (event) => event.persisted && room.wake());
setInterval(render, 1000);

fixed(t);
render();
room.start();
