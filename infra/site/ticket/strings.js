// All texts of the ticket page. A language is one object of this shape.

export const en = {
  lang: 'en',
  seat: (l) => (l.row ? 'Seat ' : 'Place ') + l.seat,
  where: (l) => l.section + (l.row ? ', row ' + l.row : ''),
  title: (n) => (n === 1 ? 'Your ticket' : 'Your tickets'),
  loading: { head: 'One moment', lead: 'Looking up your tickets.' },
  ready: {
    head: (n) => (n === 1 ? 'Here is your ticket' : `Here are your ${n} tickets`),
    lead: 'Show the code at the door, on this screen or on paper. It works without a connection, so a picture of it will do.',
  },
  soon: { head: 'Almost there', lead: 'The payment is being confirmed. Your tickets show here by themselves, and come by e-mail as well.' },
  unpaid: { head: 'Not paid yet', lead: 'There are tickets once the order is paid.' },
  refunded: { head: 'These tickets were refunded', lead: 'Your money is going back, and the codes are no longer valid.' },
  ended: { head: 'There are no tickets', lead: 'This order has ended without a purchase. Nothing was charged.' },
  gone: { head: 'No tickets here', lead: 'The link does not open an order. Check that it is complete: it is long, and the last part matters.' },
  error: { head: 'We can’t look up your tickets', lead: 'The sale doesn’t answer at the moment. The codes are in your e-mail, too. This page keeps asking.' },
  print: 'Print',
  order: 'To the order',
  name: 'Name',
  type: 'Price',
  number: 'Order',
  of: (i, n) => `${i} of ${n}`,
  ticket: 'Ticket',
  qr: (where, seat) => `QR code of the ticket for ${where}, ${seat}`,
  once: 'Admits one, once.',
  foot: 'Keep this address to yourself: whoever has it has the tickets.',
};
