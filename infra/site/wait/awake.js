// The screen stays on while somebody waits in front of it: a phone that falls asleep misses the turn.

import { queues } from './phase.js';

let lock = null; // what holds it on; an empty object while it is asked for, and where the browser refused

// awake asks once for as long as it is wanted. The browser ends it by itself when the page is covered.
export async function awake(wanted, browser = navigator) {
  if (!wanted) {
    if (lock && lock.release) lock.release();
    lock = null;
  } else if (!lock && browser.wakeLock) {
    const mine = (lock = {});
    const got = await browser.wakeLock.request('screen').catch(() => null);
    if (lock === mine) lock = got || mine;
    else if (got) got.release();
  }
}

// The page says by its phase whether anybody waits.
if (globalThis.document) {
  setInterval(() => awake(document.visibilityState === 'visible' && queues(document.documentElement.dataset.phase)), 1000);
}
