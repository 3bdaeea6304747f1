// What the pages say, and when: warnings before the time is over, and sentences as people read them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { say } from '../shared/say.js';
import { write } from '../shared/text.js';
import { Warner } from '../shared/warn.js';
import { Alert } from '../wait/alert.js';
import { place } from '../wait/draw.js';
import { present } from '../wait/present.js';
import { range } from '../wait/range.js';

const { order, seats, wait } = FOYER_TEXTS;

const second = 1000;

test('time is announced at two minutes, at one and at twenty seconds, once each', () => {
  const w = new Warner();
  const said = [];
  for (let left = 300 * second; left > -5 * second; left -= 997) if (w.due(left)) said.push(Math.ceil(left / second));
  assert.deepEqual(said.map((s) => [20, 60, 120].find((m) => s > m - 2 && s <= m)), [120, 60, 20]);
  assert.equal(new Warner().due(50 * second), 0, 'what was there before the page is said by the page');
});

test('a tab that slept through two marks is told the nearer one; a hold made longer is warned of again', () => {
  const w = new Warner();
  w.due(200 * second);
  assert.equal(w.due(40 * second), 60);
  assert.equal(w.due(300 * second), 0);
  assert.equal(w.due(119 * second), 120);
});

test('every countdown has words for each mark', () => {
  for (const words of [seats.said.left, seats.visit.left, order.warn]) {
    for (const mark of [120, 60, 20]) assert.match(words[mark], /2 minutes|1 minute|20 seconds/);
  }
});

test('whoever listens hears when it opens', () => {
  const opensAt = Date.UTC(2027, 5, 18, 18);
  const m = { status: { state: 'scheduled', policy: 'first-come', opensAt, waiting: 0 }, kept: null };
  const v = present(m, opensAt - 3600000, wait);
  assert.ok(v.say.includes(v.about), v.say);
});

test('what is written stays as a translator leaves it, until there is something new to say', () => {
  const node = { textContent: '', hidden: true };
  write(node, 'You are in line');
  node.textContent = 'Sie sind in der Schlange';
  write(node, 'You are in line');
  assert.equal(node.textContent, 'Sie sind in der Schlange');
  write(node, 'It is your turn');
  assert.equal(node.textContent, 'It is your turn');
  write(node, '');
  assert.equal(node.hidden, true);
});

test('the alert promises what the browser does, and can be switched off', async () => {
  const browser = ({ answer = 'default', asked = answer, coarse = false, sound = 'running', notes = true }) => {
    const Notification = notes && { permission: answer, requestPermission: async () => (Notification.permission = asked) };
    return { Notification, matchMedia: () => ({ matches: coarse }), AudioContext: class { state = sound; } };
  };
  for (const [what, options, how] of [
    ['allowed', { asked: 'granted' }, 'notify'],
    ['dismissed', {}, 'ring'],
    ['denied', { answer: 'denied' }, 'ring'],
    ['denied, and no sound', { answer: 'denied', sound: 'suspended' }, 'front'],
    ['a phone, allowed', { answer: 'granted', coarse: true }, 'front'],
    ['a tab on an iPhone', { notes: false, coarse: true }, 'front'],
  ]) {
    const alert = new Alert(wait);
    assert.equal(await alert.allow(browser(options)), how, what);
    assert.ok(alert.on && wait.alerts[how]);
    alert.off();
    assert.equal(alert.on, false);
  }
});

test('waiting times read as people say them', () => {
  for (const [low, high, says] of [
    [20, null, 'a minute or more'], [61, null, 'more than 1 min'], [5350, null, 'more than 89 min'], [5500, null, 'more than 1½ h'],
    [0, 59, 'less than a minute'], [0, 60, 'less than a minute'], [30, 170, 'up to 3 min'], [120, 170, '2 to 3 min'], [120, 120, '2 min'],
    [3600, 7000, '1 to 2 h'], [3600, 48 * 3600, 'up to 48 h'],
  ]) assert.equal(range({ low, high }, wait), says);
});

test('an opening tomorrow names the day, however near', () => {
  const at = (opensAt, now) => present({ status: { state: 'scheduled', policy: 'draw', opensAt }, kept: null }, now, wait).about;
  const ten = new Date(2027, 5, 18, 10).getTime();
  assert.match(at(ten, ten - 12 * 3600000), /Friday/);
  assert.doesNotMatch(at(ten, ten - 3600000), /Friday/);
});

test('sentences that came out wrong read well', () => {
  assert.equal(place(0.001), 'The draw put you ahead of nearly everyone.');
  assert.equal(place(0.999), 'The draw put you behind nearly everyone.');
  assert.equal(place(0.7), 'The draw put you ahead of 30 in 100 of those who took part.');
  assert.equal(say(wait.placeShort, { place: 61 }), 'No. 61 in line');
  assert.match(say(wait.beyond, { n: 1 }), /^There is 1 seat left, and at least one person is ahead/);
  assert.match(say(wait.beyond, { n: 1200 }), /^There are 1,200 seats left, and at least as many people/);
  assert.equal(seats.said.notThat.taken, 'That seat is taken.');
  assert.match(say(seats.checkout.limit, { n: 4 }), /the 4 seats that a buyer may have here.*Go back and remove seats\. Nothing was charged\.$/);
  assert.match(say(seats.said.heldSome, { until: '3:51 PM' }), /^Your seats are held for you until 3:51 PM\.$/);
});

test('without JavaScript the waiting room says that it is needed, and does not load itself again', () => {
  const html = readFileSync(new URL('../wait/index.html', import.meta.url), 'utf8');
  assert.match(html, /<noscript>.*{{wait.script}}.*<\/noscript>/);
  assert.match(wait.script, /needs JavaScript.*no place in line/);
  assert.doesNotMatch(html, /http-equiv="refresh"|Finding your place|keeps your place/);
});
