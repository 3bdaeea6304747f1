// The gate: Foyer's function at the CDN's edge (CloudFront Functions, JavaScript runtime 2.0), run for every
// viewer request but those to the static pages. From the request and one value of the store it decides who goes on
// to the origin, who waits, and who is sent to the admitter. It never calls a back-end.
//
// Only the language of runtime 2.0 may be used: no for-of, classes, destructuring, spread, default parameters,
// Map, Set or optional chaining. DEFAULT_ZONE and FAIL_MODE are put in by the build (edge.Build).
import cf from 'cloudfront';
import crypto from 'crypto';

const kvs = cf.kvs();
const ZONE = /^[a-z0-9][a-z0-9-]{0,31}$/;
const API = '/foyer/zones/';
const LIFE = 604800; // of a visitor token, s
const SKEW = 5000; // how far in the future a token may have been signed, ms

// Kinds of token. The number is the column of its key in a row of the state's keys.
const VISITOR = 1, ACCESS = 2, INVITE = 3;
const KIND = ['', 'visitor', 'access', 'invite'];
const COOKIE = ['', '__Host-foyer-v-', '__Host-foyer-a-'];
// The one spelling that the claims of each kind may have.
const CLAIMS = [
  null,
  /^\{"arr":(0|[1-9]\d{0,14}),"aud":"[a-z0-9-]+","exp":(0|[1-9]\d{0,10}),"iat":(0|[1-9]\d{0,10}),"pri":(\d|1[0-5]),"sub":"[0-9a-f]{32}"\}$/,
  /^\{"aud":"[a-z0-9-]+","exp":(0|[1-9]\d{0,10}),"iat":(0|[1-9]\d{0,10}),"ref":"[1-9]\d{0,14}\.(\d|1[01])","sub":"[0-9a-f]{32}"\}$/,
  /^\{"aud":"[a-z0-9-]+","exp":(0|[1-9]\d{0,10}),"iat":(0|[1-9]\d{0,10}),"pri":(\d|1[0-5]),"sub":"[0-9a-f]{32}"\}$/,
];

async function handler(event) {
  const r = event.request;
  // x is all there is to know about this request; nothing is kept between requests.
  const x = { r: r, h: r.headers, q: r.querystring, id: String(event.context.requestId), now: Date.now() };
  x.nav = navigates(x);
  const host = value(x.h, 'host');
  drop(x.h, /^x[-_]foyer[-_](front|visitor[-_]id|host)/);

  const path = plain(r.uri);
  if (!path) return problem(x, 400, 'invalid', 'The request is not valid');
  if (path.indexOf('/foyer/') === 0 || path === '/ws') {
    // The CDN picked the back-end by a path that it had normalised. One that isn't normal may stand before another.
    if (path !== r.uri) return problem(x, 400, 'invalid', 'The request is not valid');
    x.h['x-foyer-host'] = { value: host }; // the back-ends' own host hides the one that pages have as origin
    return path === '/ws' ? r : zoneApi(x, path);
  }
  const named = /^\/z\/([^\/]*)/.exec(path);
  x.zone = named ? named[1] : DEFAULT_ZONE;
  if (!whole(ZONE, x.zone)) return problem(x, 404, 'unknown_zone', 'There is no such zone');
  const s = await read('z.' + x.zone);
  return decide(x, s);
}

// zoneApi lets requests of Foyer's own interface through, and answers the status itself. Orders and the payment
// provider's calls are of no zone: who follows a link in a mail need not be inside.
function zoneApi(x, path) {
  if (/^\/foyer\/(orders\/[\w-]{1,64}(\/cancel)?|webhooks\/[a-z]{1,16})$/.test(path)) return x.r;
  const part = /^\/foyer\/zones\/([^\/]*)\/(status|register|enter|leave|map|sections|seats|orders)$/.exec(path) ||
    /^\/foyer\/zones\/([^\/]*)\/(map|sections)\/[A-Za-z0-9]{1,16}$/.exec(path);
  if (!part) return problem(x, 404, 'not_found', 'There is nothing here');
  if (!whole(ZONE, part[1])) return problem(x, 404, 'unknown_zone', 'There is no such zone');
  x.zone = part[1];
  const allowed = {
    status: 'GET, HEAD', register: 'POST', enter: 'GET, POST', leave: 'POST',
    map: 'GET', sections: 'GET', seats: 'GET, POST', orders: 'POST',
  }[part[2]];
  if (allowed.split(', ').indexOf(x.r.method) < 0) {
    const no = problem(x, 405, 'method', 'That method is not allowed here');
    no.headers.allow = { value: allowed };
    return no;
  }
  return part[2] === 'status' ? status(x) : x.r;
}

// decide is the gate proper: a protected request, and the state of its zone.
function decide(x, s) {
  if (!sound(s)) return (s && s.b ? s.b : FAIL_MODE) === 'open' ? pass(x, '') : room(x, null, null, '');
  if (s.p === 'passthrough') return pass(x, '');
  const access = open(ACCESS, x, s.k);
  if (access && !access.late) return pass(x, access.sub);

  const shut = s.p === 'reject' || s.s === 'closed';
  // It was inside a moment ago: the admitter knows whether it still is. foyer_w says that it has been asked.
  if (access && x.nav && s.p !== 'reject' && !x.q.foyer_w) return enter(x) || room(x, s, null, '');

  let v = open(VISITOR, x, s.k);
  if (v && v.late) v = null;
  if (shut) return room(x, s, v, '');

  const invited = x.q.foyer_invite ? open(INVITE, x, s.k) : null;
  const better = invited && !invited.late && (!v || invited.pri < v.pri) ? invited : null;
  // foyer_c says that a cookie has been set before.
  if ((better || !v) && !(x.nav && x.q.foyer_c)) {
    const mine = arrive(x, s.k, better);
    const token = sign(s.k[0], mine);
    if (!x.nav) return room(x, s, mine, token);
    const back = redirect(local(x.r.uri, query(x).concat('foyer_c=1')));
    back.cookies = keep(x, token);
    return back;
  }
  if (!v) return room(x, s, null, ''); // a browser that keeps no cookies: the page says so
  if (x.nav && life(x, s) === 'open' && s.d && !s.so && !x.q.foyer_w) return enter(x) || room(x, s, v, '');
  return room(x, s, v, '');
}

// arrive is a new visitor: here and now, or the one whom the invite stands for. An invite's signing time stands for
// the arrival, so that it gives the same order key on every device.
function arrive(x, keys, invite) {
  const text = invite ? 'invite:' + invite.sub : x.id + Math.random();
  return {
    arr: invite ? invite.iat * 1000 : x.now,
    aud: x.zone,
    iat: Math.floor(x.now / 1000),
    pri: invite ? invite.pri : 8,
    sub: hmac(keys[invite ? invite.row : 0][VISITOR], text, 'hex').slice(0, 32),
  };
}

// pass lets the request through to the origin, without a trace of our own business.
function pass(x, visitor) {
  drop(x.h, /^x[-_]foyer[-_]/);
  drop(x.r.cookies, /^__Host-foyer-/);
  drop(x.q, /^foyer_/);
  if (visitor) x.h['x-foyer-visitor-id'] = { value: visitor };
  return x.r;
}

// enter sends a browser to the admitter; null when the way there would be too long for an address.
function enter(x) {
  const to = API + x.zone + '/enter?to=' + encodeURIComponent(local(x.r.uri, query(x)));
  return to.length < 8000 ? redirect(to) : null;
}

// room is the waiting room: the static page at the same address for a browser, a problem for anything else.
function room(x, s, v, fresh) {
  if (x.nav) {
    x.r.uri = '/foyer/site/wait/index.html';
    x.r.querystring = {};
    x.r.cookies = {};
    // What the browser remembers of the protected page says nothing about this one.
    drop(x.h, /^(if-|range$|authorization$|x[-_]foyer[-_])/);
    cf.selectRequestOriginById('site');
    return x.r;
  }
  const state = s ? life(x, s) : '';
  let after = 10 + Math.floor(Math.random() * 5);
  if (state === 'scheduled' && s.o) after += Math.min(290, Math.ceil((s.o - x.now) / 1000));
  if (state === 'closed' || (s && s.p === 'reject')) after = 300;
  const no = problem(x, 429, 'waiting', 'You are in the waiting room', {
    retryAfter: after,
    zone: x.zone,
    visitorToken: fresh || undefined,
    register: API + x.zone + '/register',
    enter: API + x.zone + '/enter',
    zoneStatus: s ? view(x, s, v) : null,
  });
  no.headers['retry-after'] = { value: String(after) };
  return no;
}

// status answers what everybody may know of a zone, and what the asker may know of itself.
async function status(x) {
  const s = await read('z.' + x.zone);
  if (!s) return problem(x, 404, 'unknown_zone', 'There is no such zone');
  if (!sound(s)) return problem(x, 503, 'busy', 'Too busy at the moment');
  const n = await read('n.' + x.zone);
  let v = open(VISITOR, x, s.k);
  if (v && v.late) v = null;
  const body = view(x, s, v);
  body.census = n && n.k ? { at: n.v, total: n.n, knots: n.k } : null;
  let cookies = {};
  // Signed anew under the first key, or once a day: who keeps waiting keeps the place.
  if (v && (v.row > 0 || x.now - v.iat * 1000 > 86400000)) {
    v.iat = Math.floor(x.now / 1000);
    const token = sign(s.k[0], v);
    if (x.h['x-foyer-visitor']) body.visitorToken = token;
    else cookies = keep(x, token);
  }
  return answer(200, 'application/json', body, cookies);
}

// view is the public status of a zone, without the census.
function view(x, s, v) {
  return {
    zone: x.zone, title: s.t, state: life(x, s), direct: !!s.d, soldOut: !!s.so, policy: s.p, now: x.now,
    opensAt: s.o, called: s.c, waiting: s.w, inside: s.i, seatsLeft: s.l, rate: { low: s.r[0], high: s.r[1] },
    updatedAt: s.at, draw: s.co ? { commitment: s.co, seed: s.se } : undefined,
    you: v ? { id: v.sub, arrivedAt: v.arr, priority: v.pri, key: orderKey(s, v) } : null,
  };
}

// orderKey is the visitor's place in the order, in hex; empty while the draw is secret.
function orderKey(s, v) {
  const drawn = s.p === 'draw' && v.arr < s.o;
  if (drawn && !s.se) return '';
  const rank = drawn ? hmac(s.se, v.sub, 'hex').slice(0, 12) : v.arr.toString(16).padStart(12, '0');
  return v.pri.toString(16) + (s.p === 'draw' && !drawn ? 1 : 0) + rank + v.sub;
}

// life is the zone's state as it is now: it opens by itself.
function life(x, s) {
  return s.s === 'scheduled' && s.o && s.o <= x.now ? 'open' : s.s;
}

// ---- tokens

// open gives the claims of the request's token of this kind, or null when it proves nothing. An expired one comes
// back as late. row tells which key signed it.
function open(kind, x, keys) {
  const name = KIND[kind];
  const token = kind === INVITE ? value(x.q, 'foyer_invite')
    : x.h['x-foyer-' + name] ? value(x.h, 'x-foyer-' + name) : value(x.r.cookies, COOKIE[kind] + x.zone);
  const part = token.split('.');
  if (token.length > 1024 || part.length !== 3) return null;
  for (let i = 0; i < keys.length; i++) {
    if (part[0] !== head(kind, keys[i])) continue;
    if (!same(part[2], hmac(keys[i][kind], part[0] + '.' + part[1], 'base64url'))) return null;
    const text = Buffer.from(part[1], 'base64url').toString();
    if (!whole(CLAIMS[kind], text) || base64(text) !== part[1]) return null;
    const c = JSON.parse(text);
    if (c.aud !== x.zone || c.iat * 1000 > x.now + SKEW) return null;
    c.late = x.now >= c.exp * 1000;
    c.row = i;
    return c;
  }
  return null;
}

// sign makes a visitor token of the claims, which live from iat.
function sign(key, c) {
  const text = `{"arr":${c.arr},"aud":"${c.aud}","exp":${c.iat + LIFE},"iat":${c.iat},"pri":${c.pri},"sub":"${c.sub}"}`;
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
function same(a, b) {
  let d = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) d |= a.charCodeAt(i % (a.length || 1)) ^ b.charCodeAt(i);
  return d === 0;
}

// ---- the store

// read gives a value of the store, or null: absent, unreadable and unreachable are the same to us.
async function read(key) {
  try {
    return await kvs.get(key, { format: 'json' });
  } catch (e) {
    return null;
  }
}

// sound reports whether a state can be decided by. Keys count above all: an empty one would let anybody sign.
function sound(s) {
  return !!s && /^(scheduled|open|paused|closed)$/.test(s.s) && Array.isArray(s.r) && Array.isArray(s.k) &&
    s.k.length > 0 && s.k.every(function (k) {
      return Array.isArray(k) && k.length === 4 && whole(/^[a-z0-9]{1,8}( [\w-]{43}){3}$/, k.join(' '));
    });
}

// ---- requests

// plain is the path as a careless server may read it: decoded, without path parameters and doubled slashes. Empty
// when it climbs.
function plain(uri) {
  const path = uri
    .replace(/%([2-7][0-9a-f])/gi, function (_, hex) { return String.fromCharCode(parseInt(hex, 16)); })
    .replace(/;[^\/\\]*/g, '')
    .replace(/[\/\\]+/g, '/');
  return path[0] === '/' && !/\/\.\.?(\/|$)/.test(path) ? path : '';
}

// navigates reports whether a person's browser asks for a page to show.
function navigates(x) {
  if (!/^(GET|HEAD)$/.test(x.r.method) || x.h['sec-purpose']) return false;
  const mode = value(x.h, 'sec-fetch-mode');
  return mode ? mode === 'navigate' : value(x.h, 'accept').indexOf('text/html') >= 0;
}

// whole reports whether all of the text matches: in this language `$` also stands before a last line break.
function whole(pattern, text) {
  const m = pattern.exec(text);
  return !!m && m[0] === text;
}

// value joins what came several times: two tokens are none.
function value(from, name) {
  const v = from[name];
  if (!v) return '';
  return v.multiValue ? v.multiValue.map(function (m) { return m.value; }).join(',') : v.value;
}

function drop(from, pattern) {
  Object.keys(from).forEach(function (name) {
    if (pattern.test(name)) delete from[name];
  });
}

// query is the request's query string in parts, as it came, without our own parameters.
function query(x) {
  let parts = [];
  const raw = x.r.rawQueryString ? x.r.rawQueryString() : '';
  if (raw) parts = raw.split('&');
  else {
    Object.keys(x.q).forEach(function (name) {
      (x.q[name].multiValue || [x.q[name]]).forEach(function (v) { parts.push(name + '=' + v.value); });
    });
  }
  return parts.filter(function (part) { return part && part.indexOf('foyer_') !== 0; });
}

// local is an address on this host, whatever the path looks like.
function local(uri, parts) {
  return uri.replace(/^[\/\\]+/, '/') + (parts.length ? '?' + parts.join('&') : '');
}

// ---- answers

function redirect(to) {
  const there = answer(302, 'text/plain', '', {});
  there.headers.location = { value: to };
  return there;
}

function keep(x, token) {
  const cookies = {};
  cookies[COOKIE[VISITOR] + x.zone] = {
    value: token,
    attributes: `Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=${LIFE}`,
  };
  return cookies;
}

// problem is an RFC 9457 document, the one shape of every error.
function problem(x, code, name, title, more) {
  const body = Object.assign({ type: 'about:blank', title: title, status: code, code: name, requestId: x.id }, more);
  return answer(code, 'application/problem+json', body, {});
}

function answer(code, type, body, cookies) {
  return {
    statusCode: code,
    statusDescription: { 200: 'OK', 302: 'Found', 429: 'Too Many Requests' }[code] || 'Refused',
    headers: {
      'content-type': { value: type },
      'cache-control': { value: 'no-store' },
      'x-content-type-options': { value: 'nosniff' },
    },
    cookies: cookies,
    body: body ? JSON.stringify(body) : '',
  };
}
