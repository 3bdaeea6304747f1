// The seat map on a page of its own: /foyer/site/seats/index.html?zone=main. inside.js keeps the visit alive; where
// there is none, the zone's own address leads through the gate.

import { zoneAsked, zoneOf } from '../shared/zone.js';
import './element.js';

const zone = zoneAsked(new URLSearchParams(location.search));
const home = zone === zoneOf('/') ? '/' : '/z/' + zone + '/';

const inside = document.createElement('script');
inside.src = '/foyer/site/inside.js';
inside.dataset.zone = zone;
document.head.append(inside);

const map = document.createElement('foyer-seats');
map.setAttribute('zone', zone);
document.querySelector('main').append(map);
document.getElementById('back').href = home;
const title = document.title;
map.addEventListener('foyer:hold', ({ detail }) => (document.title = (detail && detail + ' · ') + title));
