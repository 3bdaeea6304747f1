// A visitor's place, worked out from the status alone.

import { countBelow, countUpTo, waitRange } from '../shared/places.js';

// How long after the opening a draw still takes registrations, ms.
export const grace = 30000;

// placeOf gives {ahead, waiting}: how many people with a lower order key still wait, and how many wait in all.
// ahead is null until the visitor is counted.
export function placeOf(status, key) {
  const waiting = status.waiting || 0;
  if (!key || !counted(status)) return { ahead: null, waiting };
  const ahead = Math.max(0, countBelow(status.census, key) - countUpTo(status.census, status.called));
  return { ahead, waiting: Math.max(waiting, ahead + 1) };
}

// counted reports whether the last census began after everyone with a lower key had to be there.
function counted({ census, you, policy, opensAt }) {
  if (!census || !you) return false;
  const from = policy === 'draw' && you.arrivedAt < opensAt ? opensAt + grace : you.arrivedAt;
  return census.at > from;
}

// best keeps the place from moving backwards on screen. `kept` is what was kept before, {first, ahead} or null.
export function best(kept, ahead) {
  if (ahead === null) return kept;
  if (!kept) return { first: Math.max(ahead, 1), ahead };
  return { first: kept.first, ahead: Math.min(kept.ahead, ahead) };
}

// progress is how far along the line a visitor has come, 0 to 1.
export function progress(kept) {
  return kept ? 1 - kept.ahead / kept.first : 0;
}

// shown rounds a place up to the census's precision, so that its digits don't pretend: within 1 %.
export function shown(n) {
  if (n <= 100) return n;
  const step = n <= 1000 ? 5 : 10 ** (Math.floor(Math.log10(n)) - 2);
  return Math.ceil(n / step) * step;
}

// wait is the range of waiting time in seconds, {low, high}, or null while it isn't known; high is null when there is
// no upper bound.
export function wait(ahead, rate) {
  return ahead === null ? null : waitRange(ahead + 1, rate);
}

// beyond reports whether more people wait ahead than seats are left.
export function beyond(status, ahead) {
  return status.seatsLeft >= 0 && ahead !== null && ahead >= status.seatsLeft;
}
