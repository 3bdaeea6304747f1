// The demo home: shows what the server sends every second, and sends what is pressed.

import { $, call, number, put } from './page.js';
import { buying, point, sale } from './sale.js';
import { Scene } from './scene.js';
import { spark } from './spark.js';

const scene = new Scene($('scene'));
let past = [];
let now = null; // the last moment

// ---- what the server sends

function listen() {
  const events = new EventSource('api/events');
  events.addEventListener('past', (e) => {
    past = JSON.parse(e.data);
  });
  events.addEventListener('moment', (e) => show(JSON.parse(e.data)));
  events.onerror = () => {
    $('state').dataset.state = 'lost';
    put('state', 'The local cloud has stopped');
  };
}

function show(m) {
  const first = !now;
  if (now && now.zone.name !== m.zone.name) past = []; // the next sale
  now = m;
  const { zone, figures } = m;
  past = [...past, { at: m.at, ...zone, ...figures, ...point(m.sale) }].slice(-300);
  head(m);
  put('waiting', number(zone.waiting));
  put('inside', number(zone.inside));
  put('waiting-note', waitingNote(zone));
  put('inside-note', `of ${number(zone.capacity)}` + (zone.reserved ? `, ${number(zone.reserved)} on their way in` : ''));
  put('admitted', number(zone.admitted));
  put('admitted-note', `of ${number(zone.rate)} allowed`);
  put('pushed', number(figures.pushed));
  put('pushed-note', `${number(figures.sockets)} ${figures.sockets === 1 ? 'socket' : 'sockets'} open`);
  put('refused', number(figures.refused));
  put('origin', number(figures.origin));
  put('origin-note', `of ${number(figures.requests)} at the door`);
  sale(m, past, first);
  sparks();
  scene.set(zone, first);
  tally(m.crowd);
  usual(m.usual);
  operator(zone, first);
  functions(figures.functions || []);
}

const states = { open: 'Open', paused: 'Paused', closed: 'Closed', scheduled: 'Not open yet' };

function head({ zone, frontDoor, trouble }) {
  $('state').dataset.state = zone.state;
  const gone = zone.soldOut && zone.state === 'open';
  if (gone) $('state').dataset.state = 'soldout';
  put('state', gone ? 'Sold out' : states[zone.state] || 'Starting');
  $('next').classList.toggle('main', gone);
  $('join').href = $('doorlink').href = $('seatslink').href = zone.page;
  $('statuslink').href = `${frontDoor}/foyer/zones/${zone.name}/status`;
  $('trouble').hidden = !trouble;
  put('trouble', trouble ? 'The zone can’t be read: ' + trouble : '');
  put('join-note', gone ? 'Every seat is sold. Start the next sale below.' : zone.direct ? 'There is room: you go straight in. Send a crowd first to see the queue.' : 'Opens the front door in this browser. You come in like everyone else.');
}

function waitingNote(zone) {
  if (!zone.counted) return 'not counted yet';
  const ago = Math.max(0, Math.round((now.at - zone.counted) / 1000));
  return zone.missed ? `${number(zone.missed)} missed their turn in the last minute` : `census ${ago < 60 ? ago + ' s' : Math.round(ago / 60) + ' min'} ago`;
}

function sparks() {
  const of = (name) => past.map((p) => p[name] || 0);
  const rates = (name) => of(name).map((n, i, all) => n - (all[Math.max(0, i - 5)] || 0));
  spark($('spark-waiting'), of('waiting'));
  spark($('spark-inside'), of('inside'), now.zone.capacity);
  spark($('spark-admitted'), of('admitted'), now.zone.rate);
  for (const name of ['pushed', 'refused', 'origin']) spark($('spark-' + name), rates(name));
}

// ---- the crowd

const many = [10, 25, 50, 100, 250, 500, 1000, 2000, 3500, 5000];
const fast = [0.5, 1, 2, 5, 10, 25, 50, 100, 200];

function plan() {
  const ghosts = $('ghosts').value / 10;
  return {
    visitors: many[$('many').value], perSecond: fast[$('fast').value],
    gone: 0.8 * ghosts, silent: 0.2 * ghosts, httpOnly: 0.1, apps: 0.1, buy: buying(),
  };
}

function describe() {
  const p = plan();
  const ghosts = Math.round(100 * (p.gone + p.silent));
  put('crowd-plan', `${number(p.visitors)} people, ${p.perSecond} a second` + (ghosts ? `; ${ghosts} % close the tab or never come when called.` : '; all of them mean to come.'));
  $('many').ariaValueText = number(p.visitors);
  $('fast').ariaValueText = p.perSecond + ' a second';
  $('ghosts').ariaValueText = ghosts + ' %';
}

const told = [
  ['arrived', 'Arrived'], ['waiting', 'Waiting'], ['called', 'Called'], ['pushed', 'By push'], ['entered', 'Entered'],
  ['left', 'Left'], ['ghosts', 'Ghosts'], ['missed', 'Missed'], ['failed', 'Failed'],
  ['paid', 'Paid'], ['seats', 'Seats bought'],
];

function tally(c) {
  $('send').hidden = c.running;
  $('end').hidden = !c.running;
  const list = $('tally');
  list.hidden = !c.planned;
  if (!c.planned) return;
  if (!list.children.length) {
    for (const [name, label] of told) {
      const box = document.createElement('div');
      const dt = document.createElement('dt');
      const dd = document.createElement('dd');
      dt.textContent = label;
      dd.id = 'tally-' + name;
      box.append(dt, dd);
      list.append(box);
    }
  }
  const counts = { ...c, paid: c.sales.paid, seats: c.sales.seats };
  for (const [name] of told) put('tally-' + name, number(counts[name]));
  const half = c.entered ? `Half of those who entered waited ${seconds(c.wait.p50)} or less, nine in ten ${seconds(c.wait.p90)}.` : '';
  put('tally-note', c.failed ? `${half} Last failure: ${c.lastError}` : half);
}

// usual is the people who keep coming by themselves.
let kept = 120;

function usual({ people, waiting }) {
  kept = people || kept;
  $('usual').checked = people > 0;
  put('usual-note', `Keep ${number(kept)} people in line` + (people ? `: ${number(waiting)} now` : ''));
}

const seconds = (s) => (s < 90 ? Math.round(s) + ' s' : Math.round(s / 60) + ' min');

// ---- the operator

function operator(zone, first) {
  for (const button of document.querySelectorAll('[data-state]')) {
    if (button.tagName === 'BUTTON') button.ariaPressed = String(button.dataset.state === zone.state);
  }
  for (const name of ['capacity', 'rate']) if (first) $(name).value = zone[name];
  put('zone-lead', `${zone.title}. Who is called has ${zone.window} s to come in, and then stays up to ${span(zone.session)}.`);
}

const span = (s) => (s < 120 ? s + ' s' : Math.round(s / 60) + ' minutes');

// ---- trouble

function functions(all) {
  for (const f of all) {
    const row = $('f-' + f.name) || newRow(f);
    const errors = f.errors ? `, ${number(f.errors)} failed` : '';
    const lost = f.givenUp ? `, ${number(f.givenUp)} records given up` : '';
    const text = `${number(f.invocations)} calls${errors}${lost}`;
    if (row.children[1].textContent !== text) row.children[1].textContent = text;
  }
}

function newRow(f) {
  const row = document.createElement('li');
  row.id = 'f-' + f.name;
  const [name, calls, button] = ['span', 'span', 'button'].map((tag) => document.createElement(tag));
  name.append(f.name);
  name.title = f.does;
  calls.className = 'small';
  button.type = 'button';
  button.textContent = 'Kill';
  button.ariaLabel = 'Kill ' + f.name;
  button.onclick = () => kill(f.name);
  row.append(name, calls, button);
  $('functions').append(row);
  return row;
}

async function kill(name) {
  const chosen = document.querySelector('[data-when][aria-pressed=true]');
  const problem = await call('POST', 'kill', { function: name, when: chosen.dataset.when });
  const what = { now: 'was killed', next: 'will be killed in its next call', reply: 'will be killed before its next reply' };
  put('kill-note', problem || `${name} ${what[chosen.dataset.when]}.`);
}

// ---- what is pressed

for (const id of ['many', 'fast', 'ghosts', 'buyers', 'dropping', 'declined']) $(id).addEventListener('input', describe);
describe();

$('crowd').onsubmit = async (e) => {
  e.preventDefault();
  $('send').disabled = true;
  put('tally-note', await call('POST', 'crowd', plan()));
  $('send').disabled = false;
};
$('end').onclick = async () => {
  $('end').disabled = true;
  put('tally-note', await call('DELETE', 'crowd'));
  $('end').disabled = false;
};

$('usual').onchange = async () => put('tally-note', await call('POST', 'usual', { people: $('usual').checked ? kept : 0 }));

const change = async (what) => put('zone-note', (await call('POST', 'zone', what)) || 'Saved. It takes effect within seconds.');
for (const button of document.querySelectorAll('button[data-state]')) {
  button.onclick = () => change({ state: button.dataset.state });
}
$('zone').onsubmit = (e) => {
  e.preventDefault();
  change({ capacity: $('capacity').valueAsNumber, rate: $('rate').valueAsNumber });
};
for (const button of document.querySelectorAll('[data-when]')) {
  button.onclick = () => {
    for (const other of document.querySelectorAll('[data-when]')) other.ariaPressed = String(other === button);
  };
}

listen();
