// Asks for the map while the page's own script is still on its way. The browser keeps the answer for that.

import { sale } from '../shared/sale.js';
import { zoneAsked } from '../shared/zone.js';

sale(zoneAsked(new URLSearchParams(location.search))).map();
