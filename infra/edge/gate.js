// The gate: Foyer's function at the CDN's edge (CloudFront Functions, JavaScript runtime 2.0), run for every
// viewer request except those for static pages. From the request and one value of the store it decides whether the
// viewer goes on to the origin, waits, or is sent to the admitter. It never calls a back-end.
//
// Only the language of runtime 2.0 may be used: no for-of, classes, destructuring, spread, default parameters,
// Map, Set, optional chaining or await within arguments. The build (edge.Build) fills in DEFAULT_ZONE, FAIL_MODE and
// PAGES_ORIGIN, shortens names, and takes the export away, which is there so that the handler keeps its name.
import cf from 'cloudfront';
import crypto from 'crypto';

const kvs = cf.kvs();
const ZONE = /^[a-z0-9][a-z0-9-]{0,31}$/;
const API = '/foyer/zones/';
const LIFE = 604800; // lifetime of a visitor token, s
const SKEW = 5000; // how far in the future a token may have been signed, ms

// Kinds of token. The number is the column of its key in a row of the state's keys.
const VISITOR = 1, ACCESS = 2, INVITE = 3;
const KIND = ['', 'visitor', 'access', 'invite'];
const COOKIE = ['', '__Host-foyer-v-', '__Host-foyer-a-'];
// The only spelling that the claims of each kind may have.
const CLAIMS = [
  null,
  /^\{"arr":(0|[1-9]\d{0,14}),"aud":"[a-z0-9-]+","exp":(0|[1-9]\d{0,10}),"iat":(0|[1-9]\d{0,10}),"pri":(\d|1[0-5]),"sub":"[0-9a-f]{32}"\}$/,
  /^\{"aud":"[a-z0-9-]+","exp":(0|[1-9]\d{0,10}),"iat":(0|[1-9]\d{0,10}),"ref":"[1-9]\d{0,14}\.(\d|1[01])","sub":"[0-9a-f]{32}"\}$/,
  /^\{"aud":"[a-z0-9-]+","exp":(0|[1-9]\d{0,10}),"iat":(0|[1-9]\d{0,10}),"pri":(\d|1[0-5]),"sub":"[0-9a-f]{32}"\}$/,
];

export async function handler(event) {
  const request = event.request;
  // visit is all that is known of this request; nothing is kept between requests.
  const visit = {
    request: request, headers: request.headers, query: request.querystring,
    id: String(event.context.requestId), now: Date.now(),
  };
  visit.navigates = navigates(visit);
  const host = value(visit.headers, 'host');
  remove(visit.headers, /^x[-_]foyer[-_](front|visitor[-_]id|host)/);

  const path = plainPath(request.uri);
  if (!path) return problem(visit, 400, 'invalid', 'The request is not valid');
  if (path.indexOf('/foyer/') === 0 || path === '/ws') {
    // The CDN picked the back-end by a path that it had normalised. One that isn't normal may stand before another.
    if (path !== request.uri) return problem(visit, 400, 'invalid', 'The request is not valid');
    visit.headers['x-foyer-host'] = { value: host }; // back-ends see their own host, not the one that pages have
    return path === '/ws' ? request : zoneApi(visit, path);
  }
  const named = /^\/z\/([^\/]*)/.exec(path);
  visit.zone = named ? named[1] : DEFAULT_ZONE;
  if (!matchesAll(ZONE, visit.zone)) return problem(visit, 404, 'unknown_zone', 'There is no such zone');
  const zone = await readState(visit.zone);
  return decide(visit, zone);
}

// zoneApi passes requests of Foyer's own interface on, and answers the status itself. Orders and the payment
// provider's calls belong to no zone: a buyer who follows a link in a mail need not be inside.
function zoneApi(visit, path) {
  if (/^\/foyer\/(orders\/[\w-]{1,64}(\/cancel)?|webhooks\/[a-z]{1,16})$/.test(path)) return visit.request;
  const part = /^\/foyer\/zones\/([^\/]*)\/(status|register|enter|leave|map|sections|seats|orders)$/.exec(path) ||
    /^\/foyer\/zones\/([^\/]*)\/(map|sections)\/[A-Za-z0-9]{1,16}$/.exec(path);
  if (!part) return problem(visit, 404, 'not_found', 'There is nothing here');
  if (!matchesAll(ZONE, part[1])) return problem(visit, 404, 'unknown_zone', 'There is no such zone');
  visit.zone = part[1];
  const allowed = {
    status: 'GET, HEAD', register: 'POST', enter: 'GET, POST', leave: 'POST',
    map: 'GET', sections: 'GET', seats: 'GET, POST', orders: 'POST',
  }[part[2]];
  if (allowed.split(', ').indexOf(visit.request.method) < 0) {
    const refusal = problem(visit, 405, 'method', 'That method is not allowed here');
    refusal.headers.allow = { value: allowed };
    return refusal;
  }
  return part[2] === 'status' ? status(visit) : visit.request;
}

// decide is the gate proper: a protected request, and the state of its zone.
function decide(visit, zone) {
  if (!isSound(zone)) {
    const failMode = zone && zone.failMode ? zone.failMode : FAIL_MODE;
    return failMode === 'open' ? pass(visit, '') : waitingRoom(visit, null, null, '');
  }
  if (zone.policy === 'passthrough') return pass(visit, '');
  const access = readToken(ACCESS, visit, zone.keys);
  if (access && !access.expired) return pass(visit, access.sub);

  // It was inside a moment ago: the admitter knows whether it still is. foyer_w means that the admitter was asked.
  if (access && visit.navigates && zone.policy !== 'reject' && !visit.query.foyer_w) {
    return enter(visit) || waitingRoom(visit, zone, null, '');
  }

  const visitor = readVisitor(visit, zone);
  if (zone.policy === 'reject' || zone.state === 'closed') return waitingRoom(visit, zone, visitor, '');

  const invited = visit.query.foyer_invite ? readToken(INVITE, visit, zone.keys) : null;
  const better = invited && !invited.expired && (!visitor || invited.pri < visitor.pri) ? invited : null;
  // foyer_c means that a cookie was set before.
  if ((better || !visitor) && !(visit.navigates && visit.query.foyer_c)) {
    const arrived = newVisitor(visit, zone.keys, better);
    const token = sign(zone.keys[0], arrived);
    if (!visit.navigates) return waitingRoom(visit, zone, arrived, token);
    const back = redirect(localAddress(visit.request.uri, queryParts(visit).concat('foyer_c=1')));
    back.cookies = visitorCookie(visit, token);
    return back;
  }
  if (!visitor) return waitingRoom(visit, zone, null, ''); // a browser that keeps no cookies: the page says so
  const direct = zone.direct && stateNow(visit, zone) === 'open' && !zone.soldOut;
  if (direct && visit.navigates && !visit.query.foyer_w) return enter(visit) || waitingRoom(visit, zone, visitor, '');
  return waitingRoom(visit, zone, visitor, '');
}

// newVisitor returns the claims of a visitor who arrives now, or of the one whom the invite stands for. An invite's
// signing time stands for the arrival, so that it gives the same order key on every device.
function newVisitor(visit, keys, invite) {
  const text = invite ? 'invite:' + invite.sub : visit.id + Math.random();
  return {
    arr: invite ? invite.iat * 1000 : visit.now,
    aud: visit.zone,
    iat: Math.floor(visit.now / 1000),
    pri: invite ? invite.pri : 8,
    sub: hmac(keys[invite ? invite.row : 0][VISITOR], text, 'hex').slice(0, 32),
  };
}

// pass lets the request through to the origin, without any of Foyer's own headers, cookies and parameters.
function pass(visit, visitorId) {
  remove(visit.headers, /^x[-_]foyer[-_]/);
  remove(visit.request.cookies, /^__Host-foyer-/);
  remove(visit.query, /^foyer_/);
  if (visitorId) visit.headers['x-foyer-visitor-id'] = { value: visitorId };
  return visit.request;
}

// enter sends a browser to the admitter; null when the way there would be too long for an address.
function enter(visit) {
  const address = localAddress(visit.request.uri, queryParts(visit));
  const to = API + visit.zone + '/enter?to=' + encodeURIComponent(address);
  return to.length < 8000 ? redirect(to) : null;
}

// waitingRoom is the static page at the same address for a browser, and a problem for anything else.
function waitingRoom(visit, zone, visitor, newToken) {
  if (visit.navigates) {
    const request = visit.request;
    request.uri = '/foyer/site/wait/index.html';
    request.querystring = {};
    request.cookies = {};
    // What the browser remembers of the protected page says nothing about this one.
    remove(visit.headers, /^(if-|range$|authorization$|x[-_]foyer[-_])/);
    cf.selectRequestOriginById(PAGES_ORIGIN);
    return request;
  }
  const state = zone ? stateNow(visit, zone) : '';
  let after = 10 + Math.floor(Math.random() * 5);
  if (state === 'scheduled' && zone.opensAt) after += Math.min(290, Math.ceil((zone.opensAt - visit.now) / 1000));
  if (state === 'closed' || (zone && zone.policy === 'reject')) after = 300;
  const refusal = problem(visit, 429, 'waiting', 'You are in the waiting room', {
    retryAfter: after,
    zone: visit.zone,
    visitorToken: newToken || undefined,
    register: API + visit.zone + '/register',
    enter: API + visit.zone + '/enter',
    zoneStatus: zone ? publicStatus(visit, zone, visitor) : null,
  });
  refusal.headers['retry-after'] = { value: String(after) };
  return refusal;
}

// status answers what everybody may know of a zone, and what the visitor may know of itself.
async function status(visit) {
  const zone = await readState(visit.zone);
  if (!zone) return problem(visit, 404, 'unknown_zone', 'There is no such zone');
  if (!isSound(zone)) return problem(visit, 503, 'busy', 'Too busy at the moment');
  const visitor = readVisitor(visit, zone);
  const body = publicStatus(visit, zone, visitor);
  body.census = await readCensus(visit.zone);
  let cookies = {};
  // Signed anew under the first key, or once a day, so that a visitor who keeps waiting keeps the place.
  if (visitor && (visitor.row > 0 || visit.now - visitor.iat * 1000 > 86400000)) {
    visitor.iat = Math.floor(visit.now / 1000);
    const token = sign(zone.keys[0], visitor);
    if (visit.headers['x-foyer-visitor']) body.visitorToken = token;
    else cookies = visitorCookie(visit, token);
  }
  return answer(200, 'application/json', body, cookies);
}

// publicStatus is the public status of a zone, without the census.
function publicStatus(visit, zone, visitor) {
  const drawn = zone.commitment ? { commitment: zone.commitment, seed: zone.seed } : undefined;
  return {
    zone: visit.zone, title: zone.title, state: stateNow(visit, zone), direct: zone.direct, soldOut: zone.soldOut,
    policy: zone.policy, now: visit.now, opensAt: zone.opensAt, called: zone.called, waiting: zone.waiting,
    inside: zone.inside, seatsLeft: zone.seatsLeft, rate: { low: zone.rate[0], high: zone.rate[1] },
    updatedAt: zone.updatedAt, draw: drawn,
    you: visitor
      ? { id: visitor.sub, arrivedAt: visitor.arr, priority: visitor.pri, key: orderKey(zone, visitor) } : null,
  };
}

// orderKey is the visitor's place in the order, in hex; empty while the draw is secret.
function orderKey(zone, visitor) {
  const drawn = zone.policy === 'draw' && visitor.arr < zone.opensAt;
  if (drawn && !zone.seed) return '';
  const rank = drawn
    ? hmac(zone.seed, visitor.sub, 'hex').slice(0, 12) : visitor.arr.toString(16).padStart(12, '0');
  return visitor.pri.toString(16) + (zone.policy === 'draw' && !drawn ? 1 : 0) + rank + visitor.sub;
}

// stateNow is the zone's state at the time of the request: a scheduled zone opens by itself.
function stateNow(visit, zone) {
  return zone.state === 'scheduled' && zone.opensAt && zone.opensAt <= visit.now ? 'open' : zone.state;
}

// ---- tokens

// readVisitor returns the claims of the visitor token, or null without a valid one.
function readVisitor(visit, zone) {
  const visitor = readToken(VISITOR, visit, zone.keys);
  return visitor && !visitor.expired ? visitor : null;
}

// readToken returns the claims of the request's token of this kind, or null when it proves nothing. Beside the claims
// stand expired, and row, the row of the key that signed it.
function readToken(kind, visit, keys) {
  const name = KIND[kind];
  const token = kind === INVITE ? value(visit.query, 'foyer_invite')
    : visit.headers['x-foyer-' + name] ? value(visit.headers, 'x-foyer-' + name)
      : value(visit.request.cookies, COOKIE[kind] + visit.zone);
  const part = token.split('.');
  if (token.length > 1024 || part.length !== 3) return null;
  for (let row = 0; row < keys.length; row++) {
    if (part[0] !== head(kind, keys[row])) continue;
    if (!same(part[2], hmac(keys[row][kind], part[0] + '.' + part[1], 'base64url'))) return null;
    const text = Buffer.from(part[1], 'base64url').toString();
    if (!matchesAll(CLAIMS[kind], text) || base64(text) !== part[1]) return null;
    const claims = JSON.parse(text);
    if (claims.aud !== visit.zone || claims.iat * 1000 > visit.now + SKEW) return null;
    claims.expired = visit.now >= claims.exp * 1000;
    claims.row = row;
    return claims;
  }
  return null;
}

// sign makes a visitor token of the claims; its life begins at iat.
function sign(key, claims) {
  const text = `{"arr":${claims.arr},"aud":"${claims.aud}","exp":${claims.iat + LIFE},"iat":${claims.iat},` +
    `"pri":${claims.pri},"sub":"${claims.sub}"}`;
  const body = head(VISITOR, key) + '.' + base64(text);
  return body + '.' + hmac(key[VISITOR], body, 'base64url');
}

function head(kind, key) {
  return base64(`{"alg":"HS256","kid":"${key[0]}","typ":"foyer-${KIND[kind]}+jwt"}`);
}

function hmac(key, text, form) {
  return crypto.createHmac('sha256', key).update(text).digest(form);
}

function base64(text) {
  return Buffer.from(text).toString('base64url');
}

// same compares in a time that doesn't depend on where the difference is.
function same(given, want) {
  let difference = given.length ^ want.length;
  for (let i = 0; i < want.length; i++) {
    difference |= given.charCodeAt(i % (given.length || 1)) ^ want.charCodeAt(i);
  }
  return difference === 0;
}

// ---- the store

// readState returns a zone's state, or null. It is the one place that knows the stored names: they are short because
// a value may have 1 KB. Package relay writes them.
async function readState(name) {
  const stored = await read('z.' + name);
  return stored && {
    state: stored.s, direct: !!stored.d, soldOut: !!stored.so, failMode: stored.b, policy: stored.p,
    opensAt: stored.o, keys: stored.k, called: stored.c, waiting: stored.w, inside: stored.i, seatsLeft: stored.l,
    rate: stored.r, title: stored.t, updatedAt: stored.at, seed: stored.se, commitment: stored.co,
  };
}

// readCensus returns the zone's census, or null; its stored names are short as the state's are.
async function readCensus(name) {
  const stored = await read('n.' + name);
  return stored && stored.k ? { at: stored.v, total: stored.n, knots: stored.k } : null;
}

// read returns a value of the store, or null, whether it is absent, unreadable or out of reach.
async function read(key) {
  try {
    return await kvs.get(key, { format: 'json' });
  } catch (e) {
    return null;
  }
}

// isSound reports whether a state is fit to decide by. Keys count above all: an empty one would let anybody sign.
function isSound(zone) {
  return !!zone && /^(scheduled|open|paused|closed)$/.test(zone.state) && Array.isArray(zone.rate) &&
    Array.isArray(zone.keys) && zone.keys.length > 0 && zone.keys.every(function (key) {
      return Array.isArray(key) && key.length === 4 && matchesAll(/^[a-z0-9]{1,8}( [\w-]{43}){3}$/, key.join(' '));
    });
}

// ---- requests

// plainPath is the path as a careless server may read it: decoded, without path parameters and doubled slashes. It is
// empty for a path that climbs.
function plainPath(uri) {
  const path = uri
    .replace(/%([2-7][0-9a-f])/gi, function (_, hex) { return String.fromCharCode(parseInt(hex, 16)); })
    .replace(/;[^\/\\]*/g, '')
    .replace(/[\/\\]+/g, '/');
  return path[0] === '/' && !/\/\.\.?(\/|$)/.test(path) ? path : '';
}

// navigates reports whether a person's browser asks for a page to show.
function navigates(visit) {
  if (!/^(GET|HEAD)$/.test(visit.request.method) || visit.headers['sec-purpose']) return false;
  const mode = value(visit.headers, 'sec-fetch-mode');
  return mode ? mode === 'navigate' : value(visit.headers, 'accept').indexOf('text/html') >= 0;
}

// matchesAll reports whether all of the text matches: in this language `$` also stands before a last line break.
function matchesAll(pattern, text) {
  const match = pattern.exec(text);
  return !!match && match[0] === text;
}

// value joins the values of a name that came several times: two tokens prove as little as none.
function value(from, name) {
  const found = from[name];
  if (!found) return '';
  return found.multiValue ? found.multiValue.map(function (one) { return one.value; }).join(',') : found.value;
}

function remove(from, pattern) {
  Object.keys(from).forEach(function (name) {
    if (pattern.test(name)) delete from[name];
  });
}

// queryParts is the request's query string in parts, as it came, without Foyer's own parameters.
function queryParts(visit) {
  let parts = [];
  const raw = visit.request.rawQueryString ? visit.request.rawQueryString() : '';
  if (raw) parts = raw.split('&');
  else {
    Object.keys(visit.query).forEach(function (name) {
      (visit.query[name].multiValue || [visit.query[name]]).forEach(function (one) {
        parts.push(name + '=' + one.value);
      });
    });
  }
  return parts.filter(function (part) { return part && part.indexOf('foyer_') !== 0; });
}

// localAddress is an address on this host, whatever the path looks like.
function localAddress(uri, parts) {
  return uri.replace(/^[\/\\]+/, '/') + (parts.length ? '?' + parts.join('&') : '');
}

// ---- answers

function redirect(to) {
  const there = answer(302, 'text/plain', '', {});
  there.headers.location = { value: to };
  return there;
}

function visitorCookie(visit, token) {
  const cookies = {};
  cookies[COOKIE[VISITOR] + visit.zone] = {
    value: token,
    attributes: `Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=${LIFE}`,
  };
  return cookies;
}

// problem is an RFC 9457 document, the one shape of every error.
function problem(visit, status, code, title, more) {
  const body = { type: 'about:blank', title: title, status: status, code: code, requestId: visit.id };
  return answer(status, 'application/problem+json', Object.assign(body, more), {});
}

function answer(status, type, body, cookies) {
  return {
    statusCode: status,
    statusDescription: { 200: 'OK', 302: 'Found', 429: 'Too Many Requests' }[status] || 'Refused',
    headers: {
      'content-type': { value: type },
      'cache-control': { value: 'no-store' },
      'x-content-type-options': { value: 'nosniff' },
    },
    cookies: cookies,
    body: body ? JSON.stringify(body) : '',
  };
}
