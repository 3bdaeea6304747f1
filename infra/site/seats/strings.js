// All texts of the seat map. A language is one object of this shape.

const count = (n) => n.toLocaleString('en');
const seats = (n) => (n === 1 ? '1 seat' : count(n) + ' seats');
const list = (names) => new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
const clockTime = (ms) => new Date(ms).toLocaleTimeString('en', { hour: 'numeric', minute: '2-digit' });

export const en = {
  lang: 'en',
  unknown: '…',
  count,
  clockTime,
  stage: 'Stage',
  loading: 'Opening the seat map…',
  failed: 'The seat map doesn’t answer at the moment. Trying again.',
  none: 'There are no numbered seats to choose here.',
  view: 'How to choose',
  map: 'Map',
  list: 'List',
  mapLabel: 'Seat map. Arrow keys move it, plus and minus zoom, 0 shows the whole. The list says the same in words, seat by seat.',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  whole: 'Show the whole hall',
  prices: 'Prices',
  all: 'All',
  live: 'Live',
  catching: 'Catching up',
  left: { some: (n) => `${count(n)} free`, few: () => 'few left', none: () => 'sold out' },
  from: (text) => `from ${text}`,
  legend: 'What the signs mean',
  states: { available: 'free', mine: 'yours', pending: 'being asked for', locked: 'on hold', taken: 'taken' },
  accessible: 'wheelchair place',
  companion: 'companion’s seat',
  seat: (row, label) => `row ${row}, seat ${label}`,
  place: (n) => `place ${n}`,
  tip: { available: 'Choose this seat', mine: 'Remove this seat', pending: 'Being asked for', taken: 'Taken' },
  lockedUntil: (left) => `On hold for somebody else, ${left} left at most`,

  best: {
    head: 'Best seats for you',
    n: 'How many, side by side',
    fewer: 'One fewer',
    more: 'One more',
    where: 'Price',
    any: 'All prices',
    accessible: 'with a wheelchair place',
    go: 'Find the best',
    asking: 'Looking…',
  },

  hold: {
    head: (n) => (n ? `Your ${n === 1 ? 'seat' : count(n) + ' seats'}` : 'Your seats'),
    empty: (n) => `None yet. ${n ? `You may have ${n === 1 ? 'one seat' : `up to ${seats(n)}`}. ` : ''}A seat that you choose is held for you while you decide.`,
    full: (n) => `You have bought ${n === 1 ? 'the one seat' : `all of the ${seats(n)}`} that a buyer may have here.`,
    left: 'left to check out',
    total: 'Total, all fees included',
    drop: (name) => `Remove ${name}`,
    release: 'Remove all',
    checkout: 'Check out',
    goOn: 'Go on to pay',
    more: (left) => (left === 1 ? 'You may add one more.' : `You may add ${left} more.`),
  },

  listHead: 'Seats in words',
  listHelp: 'Open a section. Within it, arrow keys go from seat to seat, Space or Enter chooses or removes one.',
  onlyFree: 'Only free seats',
  rowName: (label, what, n) => `Row ${label} · ${what}: ${n ? count(n) + ' free' : 'none free'}`,
  sectionName: (name, n, of) => `${name}: ${n === null ? seats(of) : n ? `${count(n)} of ${count(of)} free` : 'sold out'}`,
  addPlace: 'Take a place',
  loadingRows: 'Fetching the rows…',

  said: {
    held: (names, until) => `${names.length ? list(names) : 'Your seats'} ${names.length === 1 ? 'is' : 'are'} held for you until ${until}.`,
    released: (names) => `${names.length ? list(names) : 'Your seats'} ${names.length === 1 ? 'is' : 'are'} free again.`,
    taken: (names) => `${names.length ? list(names) : 'A seat'} just went to somebody else. Please choose again.`,
    limit: (known) => {
      if (!known) return 'That is more than a buyer may have.';
      const { limit, bought } = known;
      return bought >= limit ? `You have bought ${limit === 1 ? 'the one seat' : `all of the ${seats(limit)}`} that a buyer may have here.`
        : `A buyer may have ${limit === 1 ? 'one seat' : `up to ${seats(limit)}`} here${bought ? `, and you have bought ${count(bought)} already` : ''}. Remove one to choose another.`;
    },
    none: (n) => (n > 1 ? `There are no ${n} free seats side by side there. Try fewer, or another price.` : 'There is no such seat left. Try another price.'),
    gone: 'Every seat is taken at the moment, or on hold. One that becomes free shows here by itself.',
    cooling: (s) => `So that others get a chance too, you can choose again in ${s} seconds. What you hold stays yours.`,
    paying: 'A payment for your seats is under way. Cancel it to choose other seats.',
    closed: 'The sale is not open at the moment. Seats can’t be chosen just now.',
    trouble: 'The sale doesn’t answer at the moment. Your choice may not have gone through: try again.',
    expired: 'Your time to check out is over, and your seats are free again.',
    left: { 120: '2 minutes left to check out.', 60: '1 minute left to check out.', 20: '20 seconds left to check out.' },
    notThat: { taken: 'That seat is taken.', locked: 'That seat is on hold for somebody else.' },
  },
  goOn: 'Go on to your order',
  visit: {
    left: { 120: 'Your visit ends in 2 minutes.', 60: 'Your visit ends in 1 minute.', 20: 'Your visit ends in 20 seconds.' },
    stay: 'Stay longer',
    longer: 'Your visit goes on.',
    last: 'It can’t be longer. What you typed is kept.',
  },
  ended: 'Your visit is over',
  endedLead: 'Join the line again to come back.',
  endedGo: 'To the line',

  checkout: {
    head: 'Check out',
    seat: 'Seat',
    price: 'Price',
    all: 'All-in price',
    fees: 'Taxes and every fee are in it.',
    email: 'Email',
    emailHelp: 'We’ll send your tickets here.',
    name: 'Name',
    nameHelp: 'As it should appear on the tickets.',
    pay: (sum) => `Pay ${sum}`,
    going: 'Opening the payment page…',
    back: 'Back to the seats',
    note: 'You pay at our payment provider’s page, by card or wallet. We never see your card.',
    badEmail: 'Enter your email address, such as ana@example.com.',
    badName: 'Enter your name.',
    trouble: (until) => `The payment page can’t be opened at the moment. Nothing was charged. Your seats are held until ${until}: try again in a moment.`,
    limit: (most) =>
      `With those already bought with this email address it would be more than ${most ? `the ${seats(most)} that ` : ''}a buyer may have here. Go back and remove seats. Nothing was charged.`,
    lost: 'Your time to check out is over, and your seats are free again. Nothing was charged.',
    failed: 'The payment provider refused the payment. Nothing was charged, and your seats are kept. Please tell the organiser.',
    refusals: {
      email: 'The payment provider doesn’t accept this email address. Please correct it. Nothing was charged, and your seats are kept.',
      seats: 'The payment provider can’t charge this amount to a card. Nothing was charged, and your seats are kept: choose others, or more.',
    },
    refused: 'That didn’t work. Nothing was charged.',
  },
};
