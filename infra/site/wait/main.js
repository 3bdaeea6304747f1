// Wires the waiting room to the browser. Decisions are in the modules that it names.

import { api } from '../shared/api.js';
import { after, socket } from '../shared/env.js';
import { memory } from '../shared/memory.js';
import { stay, steady } from '../shared/stay.js';
import { cleaned, zoneHere } from '../shared/zone.js';
import { Alert } from './alert.js';
import { present } from './present.js';
import { Room } from './room.js';
import { $, confirm, show } from './view.js';
import { Voice } from './voice.js';

const t = FOYER_TEXTS.wait;
const said = new URLSearchParams(location.search);
const zone = zoneHere(said);
const home = cleaned(location.href);
const invite = said.get('foyer_invite');
const cookieTried = said.has('foyer_c');
history.replaceState(null, '', home);

const visible = () => document.visibilityState === 'visible';
const tabs = window.BroadcastChannel && new BroadcastChannel('foyer-' + zone);
const local = memory(() => localStorage);
const alert = new Alert(t);
const voice = new Voice();

const calls = api(zone);

const room = new Room(
  {
    now: () => Date.now(),
    random: Math.random,
    after,
    api: calls,
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
  show(v);
  about(room.m.status, v.phase);
  alert.update(v.phase, visible(), v.name);
  const words = voice.speak(Date.now(), v);
  if (words) $('say').textContent = words;
}

// about shows the event, and again when the operator has changed it; without one, the way on from where nothing follows.
let told = 0;
async function about(status, phase) {
  const version = (status && status.event) || -/closed|soldout|unknown|refused|ended|left/.test(phase);
  if (!version || told === version) return;
  told = version;
  const { show, onward } = await import('/foyer/site/event.js');
  if (version < 0) return onward($('links'));
  show(zone, { line: $('event'), message: $('message'), links: $('links') }, told, status.told);
}

const on = (id, fn) => ($(id).onclick = fn);
on('leave', async () => (await confirm()) && room.leave());
on('enter', () => room.enter());
on('anew', () => room.anew());
on('retry', () => room.anew());
on('alert', async ({ currentTarget: button }) => {
  const how = alert.on ? alert.off() : await alert.allow();
  button.setAttribute('aria-pressed', String(alert.on));
  button.textContent = how ? t.alerts[how] : t.alert;
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

setTimeout(() => import('/foyer/site/awake.js'), 3000);
if (invite) import('/foyer/site/invite.js').then((late) => late.invited(calls, invite, home, $('invite'), $('use')));
render();
room.start();
