// When to ask for the status again. A page asks more often as its turn nears, at most 25 times in 20 minutes while
// its socket is open, and never in step with other pages.

const second = 1000;
const minute = 60 * second;
export const span = 20 * minute;
const budget = 24; // one less than the budget: coming back to the page asks once more

// nextPoll is the time until the next status request in ms, or null for never. `at` describes the moment:
//   phase    what the page shows
//   wait     {low, high} seconds, or null
//   live     whether the socket is open
//   hidden   whether nobody looks
//   opensIn  ms until the opening (negative: since)
//   polls    times of earlier polls, ms, oldest first
//   stall    polls since anything changed
//   trouble  failed polls in a row
//   urgent   whether the turn can only be learned by asking
export function nextPoll(at, now, random) {
  if (at.trouble > 0) return backoff(at.trouble, random);
  const base = pace(at);
  if (base === null) return null;
  if (at.phase === 'scheduled' && base >= at.opensIn) return at.opensIn + stagger(at, random);
  const calm = at.hidden && at.live ? 3 * base : base;
  return Math.max(jitter(calm, random), at.urgent ? 0 : saved(at.polls, now));
}

function pace({ phase, wait, live, opensIn, stall, urgent }) {
  const slower = Math.min(8, 1.25 ** stall);
  switch (phase) {
    case 'scheduled':
      return clamp(opensIn / 4, 20 * second, 2 * minute);
    case 'opening':
      return 5 * second * slower;
    case 'drawing':
      return Math.max(5 * second, 32 * second + opensIn) * slower;
    case 'waiting':
      if (!wait) return urgent ? 5 * second : 10 * second * slower;
      return clamp(wait.low * 250, live ? 10 * second * slower : 5 * second, (live ? 90 : 120) * second);
    case 'turn':
      return 20 * second;
    case 'loading':
    case 'error':
      return 5 * second * slower;
    case 'paused':
      return minute;
    case 'soldout':
    case 'closed':
      return 2 * minute;
    default:
      return null; // it is over, or on its way in
  }
}

// stagger keeps those who waited for the opening from asking all at once.
function stagger({ live }, random) {
  return 500 + random() * (live ? 12 : 8) * second;
}

// saved is the least pause that keeps what is left of the budget for the rest of the span.
function saved(polls, now) {
  const recent = polls.filter((t) => t > now - span);
  const left = budget - recent.length;
  if (left > 10) return 0;
  const rest = recent[0] + span - now;
  return left > 0 ? rest / left : rest;
}

// backoff is exponential with full jitter, from 2 s to a minute.
export function backoff(failures, random, most = minute) {
  return second / 2 + random() * Math.min(most, 2 * second * 2 ** Math.min(failures, 10));
}

const jitter = (ms, random) => ms * (0.8 + 0.4 * random());
const clamp = (n, low, high) => Math.min(high, Math.max(low, n));
