// The calls of the sale: the map, the seats, the order. Answers are those of api.js and never throw.

import { ask, post } from './api.js';

const get = (fetcher, path, options) => ask(fetcher, path, { method: 'GET', ...options });

export function sale(zone, fetcher = (...args) => fetch(...args)) {
  const base = '/foyer/zones/' + zone + '/';
  const cached = { cache: 'default', credentials: 'omit' }; // public, and the CDN's to keep
  const behind = { ...cached, priority: 'low' }; // a choice goes before what only follows others
  return {
    map: () => get(fetcher, base + 'map', cached),
    section: (id) => get(fetcher, base + 'map/' + id, behind),
    counts: () => get(fetcher, base + 'sections', behind),
    snapshot: (id) => get(fetcher, base + 'sections/' + id, behind),
    status: () => get(fetcher, base + 'status'),
    held: () => get(fetcher, base + 'seats'),
    choose: (wish) => post(fetcher, base + 'seats', wish),
    order: (buyer, key) => post(fetcher, base + 'orders', buyer, { 'idempotency-key': key }),
  };
}

// orders is the calls about an order, which its secret opens, in any browser.
export function orders(id, secret, fetcher = (...args) => fetch(...args)) {
  const headers = { 'x-foyer-order-secret': secret };
  const base = '/foyer/orders/' + id;
  const tell = (what, body) => ask(fetcher, base + what, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body), credentials: 'omit' });
  return {
    read: () => get(fetcher, base, { headers, credentials: 'omit' }),
    cancel: () => tell('/cancel', {}),
    mail: (email) => tell('/mail', { email }),
  };
}

// orderPage is where an order is shown; its secret is in the fragment, which browsers send to nobody.
export const orderPage = (id, secret) => '/foyer/site/order/index.html#' + id + '.' + secret;
