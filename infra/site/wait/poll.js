// When to ask for the status again: at most 25 times in 20 minutes, never in step with other pages, and as a rule at
// least once a minute, since what changes is pushed to those alone who are near. These ask more often as their turn nears.

const second = 1000;
const minute = 60 * second;
export const span = 20 * minute;
const most = 58 * second; // with the answer, a minute
const budget = 24; // one less than the budget: coming back to the page asks once more

// nextPoll is the time until the next status request in ms, or null for never. `at` describes the moment:
//   phase    what the page shows
//   wait     {low, high} seconds, or null
//   live     whether the socket is open
//   near     whether changes are pushed: so few are ahead
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
  return Math.max(Math.min(jitter(calm, random), most * (1 - random() / (at.polls.length > 1 ? 16 : 2))), at.urgent ? 0 : saved(at, now));
}

function pace({ phase, wait, near, opensIn, stall, urgent }) {
  const slower = Math.min(8, 1.25 ** stall);
  switch (phase) {
    case 'scheduled':
      return clamp(opensIn / 4, 20 * second, minute);
    case 'opening':
      return 5 * second * slower;
    case 'drawing':
      return Math.max(5 * second, 32 * second + opensIn) * slower;
    case 'waiting':
      if (urgent) return Math.max(wait ? wait.low * 900 : 0, 5 * second);
      if (!wait) return 10 * second * slower;
      return near ? Math.max(wait.low * 250, 10 * second * slower) : Infinity;
    case 'turn':
      return 20 * second;
    case 'loading':
    case 'error':
      return 5 * second * slower;
    case 'paused':
    case 'soldout':
    case 'closed':
      return minute;
    default:
      return null; // it is over, or on its way in
  }
}

// stagger keeps those who waited for the opening from asking all at once.
function stagger({ live }, random) {
  return 500 + random() * (live ? 12 : 8) * second;
}

// saved is the least pause that keeps the budget for the rest of the span: for a poll a minute, or, where changes are
// pushed, for what comes when the turn is near.
function saved({ polls, near }, now) {
  const recent = polls.filter((t) => t > now - span);
  const left = budget - recent.length;
  const rest = recent[0] + span - now;
  if (left > (near ? 10 : rest / most)) return 0;
  return near && left > 0 ? rest / left : near ? rest : most;
}

// backoff is exponential with full jitter, from 2 s to a minute.
export function backoff(failures, random, most = minute) {
  return second / 2 + random() * Math.min(most, 2 * second * 2 ** Math.min(failures, 10));
}

const jitter = (ms, random) => ms * (0.8 + 0.4 * random());
const clamp = (n, low, high) => Math.min(high, Math.max(low, n));
