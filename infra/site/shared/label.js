// What a seat is called.

import { say } from './say.js';

const t = FOYER_TEXTS.seat;

// label is a seat from the outside in: Stalls, row C, seat 12. It is {section, row, seat}; a place of a standing section
// has no row.
export const label = (l) => say(l.row ? t.whole : t.place, l);

// title is what one looks for last, and rest what leads there.
export const title = (l) => say(l.row ? t.seat : t.placeAlone, l);
export const rest = (l) => (l.row ? say(t.row, l) : l.section);
