// How long the wait is, as people say it.

import { say } from '../shared/say.js';

const half = (hours) => (hours % 1 ? Math.floor(hours) + '½' : hours);

// range says a wait between low and high seconds; high is null where there is no upper bound.
export function range({ low, high }, t) {
  if (high === null && low < 60) return t.range.open;
  if (high === null && low <= 5400) return say(t.range.moreMinutes, { low: Math.floor(low / 60) });
  if (high === null) return say(t.range.moreHours, { low: half(Math.floor(low / 1800) / 2) });
  if (high <= 60) return t.range.little;
  const [a, b] = [Math.floor(low / 60), Math.ceil(high / 60)];
  if (b <= 90) return say(a < 1 ? t.range.upToMinutes : a === b ? t.range.minutes : t.range.betweenMinutes, { low: a, high: b });
  const [x, y] = [Math.max(Math.floor(low / 1800) / 2, 0.5), Math.ceil(high / 1800) / 2];
  return say(y > 4 * x ? t.range.upToHours : x === y ? t.range.hours : t.range.betweenHours, { low: half(x), high: half(y) });
}
