// The event's page behind the gate where there is no site of the operator's own: what the event is, and its seats where
// the zone sells some. inside.js keeps the visit alive; here it is shown, and can be left.

import { h } from '../seats/dom.js';
import { clock } from '../shared/clock.js';
import { sale } from '../shared/sale.js';
import { around, say } from '../shared/say.js';
import { write } from '../shared/text.js';
import { Warner } from '../shared/warn.js';
import { zoneOf } from '../shared/zone.js';

const t = FOYER_TEXTS.hosted;
const $ = (id) => document.getElementById(id);
const zone = zoneOf(location.pathname);
const sold = sale(zone).map(); // the seat map asks again, and gets what the browser kept
let gone = false;

let name = '';
let held = ''; // what the seat map counts down
const warner = new Warner();
const time = h('b', { translate: 'no' });

// tick counts the visit down, in the title too when little is left, and says so. Where there is a seat map, that says
// it. Its words stay as they are, or as a translator made them.
function tick() {
  if (gone) return;
  const seconds = window.foyer ? window.foyer.endsIn : 0;
  const left = clock(1000 * seconds);
  const mark = warner.due(1000 * seconds);
  if (mark && $('seats').hidden) write($('say'), t.ends[mark]);
  title(held || (seconds && seconds <= 120 ? left : ''));
  if (!seconds) return write($('left'), t.loading);
  if (!time.isConnected) $('left').replaceChildren(...around(t.left, time));
  write(time, left);
}

function title(left) {
  const words = [left, name || t.inside].filter(Boolean).join(' · ');
  if (document.title !== words) document.title = words;
}

// seats shows the map, if the zone has one, and the way to the event's own page otherwise.
async function seats(link) {
  const { status } = await sold;
  if (status === 404) {
    $('away').hidden = !link;
    return link && ($('away').href = link);
  }
  const map = document.createElement('foyer-seats');
  map.setAttribute('zone', zone);
  map.addEventListener('foyer:hold', ({ detail }) => title((held = detail)));
  $('seats').append(map);
  $('seats').hidden = $('choose').hidden = false;
}

// picture puts the event's in the place of ours, once it is there.
function picture({ picture: src, pictureText: alt = '' }) {
  if (!src) return;
  const image = new Image();
  image.onload = () => {
    $('picture').replaceChildren(image);
    $('picture').ariaHidden = null;
  };
  Object.assign(image, { alt, src });
}

async function about() {
  const { show } = await import('/foyer/site/event.js');
  const parts = {};
  for (const id of ['name', 'when', 'moved', 'place', 'message', 'links']) parts[id === 'when' ? 'time' : id] = $(id);
  const e = (await show(zone, parts)) || {};
  write($('name'), (name = e.name || t.inside));
  tick();
  write($('organiser'), e.organiser ? say(t.presents, { organiser: e.organiser }) : '');
  picture(e);
  seats(e.link);
}

$('renew').onclick = () => window.foyer.renew();
$('leave').onclick = () => window.foyer.leave();
addEventListener('foyer:left', () => {
  gone = true;
  write($('left'), t.gone);
  title('');
  $('renew').hidden = $('leave').hidden = true;
});
setInterval(tick, 1000);
tick();
about();
