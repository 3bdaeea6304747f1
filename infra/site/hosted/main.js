// The event's page behind the gate where there is no site of the operator's own: what the event is, and its seats where
// the zone sells some. inside.js keeps the visit alive; here it is shown, and can be left.

import { h } from '../seats/dom.js';
import { clock } from '../shared/clock.js';
import { sale } from '../shared/sale.js';
import { around, say } from '../shared/say.js';
import { write } from '../shared/text.js';
import { zoneOf } from '../shared/zone.js';

const t = FOYER_TEXTS.hosted;
const $ = (id) => document.getElementById(id);
const zone = zoneOf(location.pathname);
let gone = false;

const time = h('b', { translate: 'no' });

// tick counts down what is left of the visit. Its words stay as they are, or as a translator made them.
function tick() {
  const seconds = window.foyer ? window.foyer.endsIn : 0;
  if (gone) return;
  if (!seconds) return write($('left'), t.loading);
  if (!time.isConnected) $('left').replaceChildren(...around(t.left, time));
  write(time, clock(1000 * seconds));
}

// seats shows the map, if the zone has one, and the way to the event's own page otherwise.
async function seats(link) {
  const { status } = await sale(zone).map();
  if (status === 404) {
    $('away').hidden = !link;
    return link && ($('away').href = link);
  }
  const map = document.createElement('foyer-seats');
  map.setAttribute('zone', zone);
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
  write($('name'), e.name || t.inside);
  document.title = e.name || t.inside;
  write($('organiser'), e.organiser ? say(t.presents, { organiser: e.organiser }) : '');
  picture(e);
  seats(e.link);
}

$('renew').onclick = () => window.foyer.renew();
$('leave').onclick = () => window.foyer.leave();
addEventListener('foyer:left', () => {
  gone = true;
  write($('left'), t.gone);
  $('renew').hidden = $('leave').hidden = true;
});
setInterval(tick, 1000);
tick();
about();
