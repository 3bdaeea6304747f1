// What the order's page shows, as plain values, from what is known of the order. Pure.

import { clock } from '../shared/clock.js';
import { moment } from '../shared/moment.js';
import { say } from '../shared/say.js';

// scene is what is happening: the name of the words that say it.
export function scene(m, now) {
  const o = m.order;
  if (m.gone) return 'gone';
  if (!o) return m.trouble > 1 ? 'error' : 'loading';
  switch (o.state) {
    case 'pending':
      if (now >= o.deadline) return 'closing_';
      if (!o.checkoutUrl) return 'unopened';
      if (m.back) return 'back';
      return now < m.hopes ? 'confirming' : 'pay';
    case 'authorised':
      return 'done';
    case 'paid':
      if (o.refunded && o.refunded >= o.amount) return 'refunded';
      return o.tickets && o.tickets.length ? 'ready' : 'done';
    case 'closing':
      return 'ending';
    case 'refunded':
      return o.owed ? 'owed' : o.state;
    case 'expired':
      return o.state;
  }
  return 'over';
}

// present gives {scene, head, lead, left, soon, note, buttons, onward, title, tone}.
export function present(m, now, t) {
  const name = scene(m, now);
  const o = m.order;
  const words = name === 'over' ? t.over[o.reason] || t.over.other : t[name];
  const counts = ['pay', 'back', 'confirming', 'unopened'].includes(name);
  const ended = ['over', 'expired', 'refunded', 'owed'].includes(name);
  return {
    scene: name,
    head: words.head,
    lead: say(words.lead, { email: o && o.email, until: name === 'unopened' ? moment(o.deadline) : '' }),
    left: counts ? clock(o.deadline - now) : '',
    soon: counts && o.deadline - now < 60000,
    note: note(m, t),
    tone: ['done', 'ready'].includes(name) ? 'good' : ended || name === 'ending' || name === 'gone' ? 'over' : 'open',
    buttons: {
      pay: ['pay', 'back', 'confirming'].includes(name) ? o.checkoutUrl : '',
      tickets: name === 'ready' ? o.tickets.length : 0,
      mail: name === 'ready' && o.mailsLeft > 0,
      seats: name === 'unopened' || ended ? o.zone : '',
      cancel: counts && !m.cancelling,
    },
    onward: ['refunded', 'owed'].includes(name) ? t.event : t.seatsAgain, // what `seats` is called
    title: (counts ? clock(o.deadline - now) + ' · ' : '') + words.head,
  };
}

// note is what stands beside what is happening: trouble, or money that went back.
function note(m, t) {
  const o = m.order;
  if (!o) return '';
  if (m.trouble > 1) return say(m.offline ? t.kept : t.keptBusy, { at: moment(m.at, { day: 'numeric', month: 'long' }) });
  if (o.owed && o.state === 'paid') return t.owedPart;
  return o.refunded && o.refunded < o.amount ? t.partly : '';
}

// pause is how long until the order is asked for again, ms; null when nothing will change any more.
export function pause(m, now, random) {
  const name = scene(m, now);
  const seconds = {
    loading: 1, pay: 4, back: 5, confirming: 1.5, closing_: 3, unopened: 5, done: 3, ending: 4, error: 5,
    ready: 0, expired: 60, refunded: 0, owed: 0, over: 60, gone: 0,
  }[name] || (m.trouble ? 5 : 0);
  if (!seconds) return null;
  const waited = Math.min(m.asked || 0, 40); // slower and slower, for pages that are left open
  const busy = m.trouble ? Math.min(2 ** m.trouble, 30) : 0;
  return (Math.max(seconds * (1 + waited / 10), busy) + random() * seconds) * 1000;
}
