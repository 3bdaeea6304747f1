// All texts of the order's page. A language is one object of this shape.

const clockTime = (ms) => new Date(ms).toLocaleTimeString('en', { hour: 'numeric', minute: '2-digit' });
const free = 'Nothing was charged.';

export const en = {
  lang: 'en',
  seat: (l) => l.section + (l.row ? `, row ${l.row}, seat ` : ', place ') + l.seat,
  clockTime,
  title: 'Your order',
  loading: { head: 'One moment', lead: 'Looking up your order.' },
  pay: { head: 'Your seats are held', lead: 'Pay before the time is over, and they are yours. If you have just paid, stay here: the confirmation is on its way.' },
  back: { head: 'Not paid yet', lead: 'You came back without paying. Your seats are still held for you.' },
  confirming: {
    head: 'Waiting for the payment',
    lead: 'As soon as the payment provider confirms it, this page says so. That takes seconds as a rule. You may close the page: the tickets come by e-mail as well.',
  },
  closing_: { head: 'The time to pay is over', lead: 'We are asking the payment provider how it ended. If you had paid in time, the seats are yours.' },
  unopened: {
    head: 'Your seats are held',
    lead: (until) => `The payment page can’t be opened at the moment. ${free} Your seats are held until ${until}; go back to the seats and try again.`,
  },
  done: {
    head: 'It’s done. The seats are yours.',
    lead: (email) => `Your purchase is complete. The tickets take a few minutes: they come to ${email}, and this page shows them as soon as they are ready.`,
  },
  ready: { head: 'Here are your tickets', lead: (email) => `Your purchase is complete. They are on their way to ${email} as well.` },
  ending: { head: 'This order is being ended', lead: 'Whatever was reserved on your card is being given back. You will not be charged.' },
  expired: { head: 'The time to pay is over', lead: `The order has ended and the seats are free again. ${free}` },
  refunded: { head: 'Your money is going back', lead: 'The order was refunded, and its tickets are no longer valid. Banks take five to ten days to show the money.' },
  owed: {
    head: 'Your refund didn’t reach you',
    lead: 'Your bank sent the money back to us, as happens when a card is closed. It is not lost: we wrote to you by e-mail, and your answer tells us how you would like to have it.',
  },
  owedPart: 'Your bank sent a part of your refund back to us, as happens when a card is closed. It is not lost: we wrote to you by e-mail.',
  partly: 'A part of this order was refunded. Banks take five to ten days to show the money.',
  wentBack: 'refunded',
  returned: 'Refunded',
  gone: { head: 'No order here', lead: 'The link does not open an order. Check that it is complete: it is long, and the last part matters.' },
  error: { head: 'We can’t look up your order', lead: 'The sale doesn’t answer at the moment. If you have paid, your seats are safe. This page keeps asking.' },
  over: {
    cancelled: { head: 'Order cancelled', lead: `You cancelled the order, and the seats are free again. ${free}` },
    superseded: { head: 'Replaced by a newer order', lead: `You started another order, which takes this one’s place. ${free}` },
    seats_lost: {
      head: 'The seats went to somebody else',
      lead: `Your time was over before the payment came through, and somebody else has the seats now. The payment was called off: ${free.toLowerCase()} We are sorry.`,
    },
    payment_failed: { head: 'The payment did not go through', lead: `The payment provider ended it, and the seats are free again. ${free}` },
    refused: { head: 'The payment could not be started', lead: `The payment provider refused it. Your seats are kept for you: go back to them and try again. ${free}` },
    mismatch: { head: 'Something was wrong with the payment', lead: 'The amount that the payment provider named was not ours, so we called it off. You will not be charged.' },
    other: { head: 'This order has ended', lead: free },
  },
  left: 'left to pay',
  warn: { 120: '2 minutes left to pay.', 60: '1 minute left to pay.', 20: '20 seconds left to pay.' },
  toPay: 'Go to the payment',
  cancel: 'Cancel the order',
  cancelAsk: 'Cancel this order?',
  cancelText: 'Your seats become free for others at once. Nothing is charged.',
  keep: 'Keep it',
  tickets: (n) => (n === 1 ? 'Open your ticket' : `Open your ${n} tickets`),
  seatsAgain: 'Back to the seats',
  event: 'To the event',
  again: 'The sale doesn’t answer at the moment. We keep asking.',
  total: 'All-in price',
  totalAfter: 'After the refund',
  for: (name) => `For ${name}`,
  number: 'Order',
  keepLink: 'This page opens in any browser that has its address. Keep the address to yourself.',
};
