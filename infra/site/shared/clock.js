// Remaining times, in figures.

import { say } from './say.js';

const t = FOYER_TEXTS.clock;

// clock formats a remaining time, never more than is left: 4:05, 1:02:09; from a day on, "2 d 3 h".
export function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, '0');
  const [d, h, min] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (d) return say(t.days, { d, h });
  return (h ? h + ':' + two(min) : min) + ':' + two(s % 60);
}
