// Every word that the waiting room says. A language is one object of this shape.

const count = (n) => n.toLocaleString('en');
const seats = (n) => (n === 1 ? '1 seat is' : count(n) + ' seats are');
const half = (hours) => (hours % 1 ? Math.floor(hours) + '½' : String(hours));
const title = (name) => name || 'this event';

export const en = {
  lang: 'en',
  count,
  loading: { head: 'One moment', lead: 'Finding your place in line.' },
  scheduled: {
    head: 'The sale hasn’t started yet',
    lead: (name) => `You are early for ${title(name)}. Stay here: this page goes on by itself.`,
    at: (when) => `Opens ${when}, your time`,
    noTime: 'The opening time will be announced here.',
    draw: 'Everyone who is here at the opening takes part in a draw. Coming earlier gives no better place.',
    line: 'You keep the place that you arrived at. Reloading changes nothing.',
  },
  opening: { head: 'The sale is starting', lead: 'A moment: everyone is being let in, in order.' },
  drawing: {
    head: 'Drawing the places',
    lead: 'Everyone who is here gets a place at random, within a minute.',
  },
  waiting: { head: 'You are in line', lead: 'This page lets you in when it is your turn.' },
  counting: { head: 'You are in line', lead: 'Your place is kept. We are counting.' },
  next: { head: 'You are next', lead: 'Stay here. You go in as soon as there is room.' },
  first: { head: 'You missed your turn', lead: 'You are first in line. You go in as soon as there is room.' },
  turn: {
    head: 'It is your turn',
    lead: 'Come back to this page and you go straight in.',
    now: 'We keep trying, and you can too.',
    left: 'left to go in',
  },
  late: { head: 'You missed your turn', lead: 'Your place is kept: come back to this page and you are first in line.' },
  entering: { head: 'It is your turn', lead: 'Taking you in.' },
  paused: {
    head: 'A short pause',
    lead: 'Nobody is being let in at the moment. Your place is kept.',
  },
  closed: { head: 'The sale is closed', lead: (name) => `The line for ${title(name)} is closed.` },
  soldout: {
    head: 'Sold out',
    lead: 'Every seat is taken. If seats become free, this line is let in first.',
  },
  left: { head: 'You left the line', lead: 'Your place went to the next person. You can join again, at the end.' },
  ended: { head: 'Your visit has ended', lead: 'You can join the line again, at the end.' },
  cookies: {
    head: 'Cookies are blocked',
    lead: 'Your place in line is kept in a cookie. Allow cookies for this site, then try again.',
  },
  refused: { head: 'We can’t let this page in', lead: 'Try again, or try another browser. Your place is kept.' },
  unknown: { head: 'There is no line here', lead: 'Nothing is on sale at this address. Check the link that you followed.' },
  error: { head: 'We can’t reach the line', lead: 'If you were in line, your place is kept. We keep trying.' },

  labels: { place: 'Your place in line', opens: 'Opens in', wait: 'Your wait', waiting: 'People waiting', early: 'People here', seats: 'Seats left' },
  placeShort: (n) => `No. ${count(n)} in line`,
  about: 'about',
  unsure: 'not known yet',
  range({ low, high }) {
    if (high === null && low < 60) return 'a minute or more';
    if (high === null) return `more than ${low <= 5400 ? Math.floor(low / 60) + ' min' : half(Math.floor(low / 1800) / 2) + ' h'}`;
    if (high <= 60) return 'less than a minute';
    const [a, b] = [Math.floor(low / 60), Math.ceil(high / 60)];
    if (b <= 90) return a < 1 ? `up to ${b} min` : a === b ? `${a} min` : `${a} to ${b} min`;
    const [x, y] = [Math.max(Math.floor(low / 1800) / 2, 0.5), Math.ceil(high / 1800) / 2];
    if (y > 4 * x) return `up to ${half(y)} h`;
    return x === y ? `${half(x)} h` : `${half(x)} to ${half(y)} h`;
  },
  beyond: (left) =>
    `Honestly: ${seats(left)} left, and at least as many people are ahead of you. You may well go home without a ticket.`,
  safe: 'Your place is safe. You may close this page and come back to the same place, as long as you are here when your turn comes.',
  offline: 'You are offline. Your place is kept.',
  again: 'Reconnecting. Your place is kept.',
  alert: 'Alert me',
  alerts: {
    notify: 'We will notify you',
    ring: 'We will ring in this tab',
    front: 'We can’t alert you: keep this page in front',
  },
  chime: 'It is your turn. Come back to the page to go in.',
  leave: 'Leave the line',
  leaveAsk: 'Leave the line?',
  leaveText: 'Your place goes to the next person, and you can’t get it back.',
  stay: 'Stay',
  enter: 'Go in now',
  anew: 'Join the line again',
  retry: 'Try again',
  closing: (left) => `${left} left to go in`,
  draw: {
    open: 'Verify my draw',
    before: 'The seed of the draw was fixed before anyone came. This is its fingerprint.',
    after: 'Worked out in your browser.',
    commitment: 'Fingerprint (SHA-256)',
    seed: 'Seed',
    visitor: 'Your number',
    rank: 'Your rank',
    fair: 'The seed is the one that was promised before the sale.',
    unfair: 'The seed is NOT the one that was promised before the sale.',
    part(part) {
      const n = Math.round((1 - part) * 100);
      if (n % 100) return `The draw put you ahead of ${n} in 100 of those who took part.`;
      return n ? 'The draw put you ahead of nearly everyone.' : 'The draw put you behind nearly everyone.';
    },
    late: 'You came after the opening, so your place is by time, behind the draw.',
    busy: 'Working it out…',
  },
};
