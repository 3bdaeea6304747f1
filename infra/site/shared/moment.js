// Times of day and days, by the habits of the visitor's region, in the words of the page's language.

import { lang } from './say.js';

// moment writes a time (ms or ISO 8601) of day, and more of its day where options name it. A region that counts hours to
// 24 does so here, whatever the language is; one of another language reads the page's as the world writes it.
export function moment(at, options) {
  const { locale, hourCycle } = new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions();
  const own = locale.startsWith(lang) ? locale : lang + '-001';
  return new Intl.DateTimeFormat(own, { hour: 'numeric', minute: '2-digit', ...options, hourCycle }).format(new Date(at));
}
