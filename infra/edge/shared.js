// What both edge functions share: tokens, the store, requests and answers. See gate.js for what may be used of the
// language. The build leaves out of each function what it doesn't use.
import cf from 'cloudfront';
import crypto from 'crypto';

export { cf };

const kvs = cf.kvs();
export const API = '/foyer/zones/';
export const ZONE = /^[a-z0-9][a-z0-9-]{0,31}$/;
const LIFE = 604800; // lifetime of a visitor token, s
const SKEW = 5000; // how far in the future a token may have been signed, ms
const MOST_MARKS = 64; // escapes and separators in a path: each costs the function time

// Kinds of token.
export const VISITOR = 1, ACCESS = 2, INVITE = 3, STATEMENT = 4;
const KIND = ['', 'visitor', 'access', 'invite', 'statement'];
const COOKIE = ['', '__Host-foyer-v-', '__Host-foyer-a-'];
// The only spelling that the claims of each kind may have.
const CLAIMS = [
  null,
  /^\{"arr":(0|[1-9]\d{0,14}),"aud":"[a-z0-9-]+","exp":(0|[1-9]\d{0,10}),"iat":(0|[1-9]\d{0,10}),"pri":(\d|1[0-5]),"sub":"[0-9a-f]{32}"\}$/,
  /^\{"ask":(0|[1-9]\d{0,10}),"aud":"[a-z0-9-]+","exp":(0|[1-9]\d{0,10}),"iat":(0|[1-9]\d{0,10}),"net":"([\w-]{6})?\.([\w-]{6})?","ref":"[1-9]\d{0,14}\.(\d|1[01])","sub":"[0-9a-f]{32}"\}$/,
  /^\{"aud":"[a-z0-9-]+","bat":"[a-z0-9]{1,8}","exp":(0|[1-9]\d{0,10}),"iat":(0|[1-9]\d{0,10}),"pri":(\d|1[0-5]),"sub":"[0-9a-f]{32}"\}$/,
];

// ---- requests

// newVisit returns all that is known of this request; nothing is kept between requests.
export function newVisit(event) {
  const request = event.request;
  return {
    $request: request, $headers: request.headers, $query: request.querystring,
    $id: String(event.context.requestId), $ip: event.viewer.ip, $now: Date.now(),
  };
}

// plainPath is the path as most servers read it: decoded once, without path parameters and doubled slashes. It is empty
// for a path that climbs, and for one with more marks than a page's address has.
export function plainPath(uri) {
  return (uri.match(/%[0-7]|[\/\\;]/g) || []).length > MOST_MARKS ? '' : settled(unescaped(uri));
}

// unescaped is one reading of a path.
export function unescaped(path) {
  return path
    .replace(/%([2-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/;[^\/\\]*/g, '')
    .replace(/[\/\\]+/g, '/');
}

// settled is the path, or empty when it climbs or doesn't begin at the root.
export function settled(path) {
  return path[0] === '/' && !/\/\.\.?(\/|$)/.test(path) ? path : '';
}

// matchesAll reports whether all of the text matches: in this language `$` also stands before a last line break.
export function matchesAll(pattern, text) {
  const match = pattern.exec(text);
  return !!match && match[0] === text;
}

// value joins the values of a name that came several times: two tokens prove as little as none.
export function value(from, name) {
  const found = from[name];
  if (!found) return '';
  return found.multiValue ? found.multiValue.map(one => one.value).join(',') : found.value;
}

// keep removes every name that doesn't match.
export function keep(from, pattern) {
  Object.keys(from).forEach(name => {
    if (!pattern.test(name)) delete from[name];
  });
}

// wantsPage reports whether a person's browser shows the answer as a page.
export function wantsPage(visit) {
  const mode = value(visit.$headers, 'sec-fetch-mode');
  return mode ? mode === 'navigate' : value(visit.$headers, 'accept').indexOf('text/html') >= 0;
}

// ---- answers

export function redirect(to) {
  const there = answer(302, 'text/plain', '', {});
  there.headers.location = { value: to };
  return there;
}

// placeCookie is the name of the cookie with the visitor token.
export function placeCookie(visit) {
  return COOKIE[VISITOR] + visit.$zone;
}

export function visitorCookie(visit, token) {
  const cookies = {};
  cookies[placeCookie(visit)] = {
    value: token,
    attributes: `Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=${LIFE}`,
  };
  return cookies;
}

// refuse is an error: a small page for a person, and an RFC 9457 document for a program.
export function refuse(visit, status, code, title, more) {
  if (wantsPage(visit)) return page(status, title, FOYER_TEXTS.edge.reference.replace('{id}', visit.$id));
  const body = { type: 'about:blank', title: title, status: status, code: code, requestId: visit.$id };
  return answer(status, 'application/problem+json', JSON.stringify(Object.assign(body, more)), {});
}

export function invalid(visit) {
  return refuse(visit, 400, 'invalid', FOYER_TEXTS.edge.invalid);
}

export function unknownZone(visit) {
  return refuse(visit, 404, 'unknown_zone', FOYER_TEXTS.edge.unknown);
}

// page is a page of two lines.
export function page(status, title, line) {
  const head = title.replace(/[<>&"]/g, c => '&#' + c.charCodeAt(0) + ';');
  return answer(status, 'text/html; charset=utf-8', `<!doctype html><html lang="${FOYER_TEXTS.lang}" dir="${FOYER_TEXTS.dir}" style="color-scheme:light dark">` +
    `<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><meta property="og:title" content="${head}">` +
    `<title>${head}</title><body style="font:1.2em system-ui;max-width:32em;margin:15vh auto;padding:0 1em">` +
    `<h1>${head}</h1><p>${line}</p><p><a href="/">${FOYER_TEXTS.edge.home}</a></p>`, {});
}

// answer is any answer of these functions, to which the CDN adds no headers.
export function answer(status, type, body, cookies) {
  return {
    statusCode: status,
    headers: Object.assign({ 'content-type': { value: type } }, ANSWER_HEADERS),
    cookies: cookies,
    body: body,
  };
}

// ---- a zone

// publicStatus is the public status of a zone, without the census.
export function publicStatus(visit, zone, visitor) {
  const drawn = zone.$commitment ? { commitment: zone.$commitment, seed: zone.$seed } : undefined;
  return {
    zone: visit.$zone, title: zone.$title, event: zone.$event || 0, state: stateNow(visit, zone),
    direct: !!zone.$direct, soldOut: !!zone.$soldOut,
    policy: zone.$policy, now: visit.$now, opensAt: zone.$opensAt, called: zone.$called, waiting: zone.$waiting,
    inside: zone.$inside, seatsLeft: zone.$seatsLeft, rate: { low: zone.$rate[0], high: zone.$rate[1] },
    updatedAt: zone.$updatedAt, draw: drawn,
    you: visitor
      ? { id: visitor.sub, arrivedAt: visitor.arr, priority: visitor.pri, key: orderKey(zone, visitor) } : null,
  };
}

// orderKey is the visitor's place in the order, in hex; empty while the draw is secret.
function orderKey(zone, visitor) {
  const drawn = zone.$policy === 'draw' && visitor.arr < zone.$opensAt;
  if (drawn && !zone.$seed) return '';
  const rank = drawn
    ? hmac(zone.$seed, visitor.sub, 'hex').slice(0, 12) : visitor.arr.toString(16).padStart(12, '0');
  return visitor.pri.toString(16) + (zone.$policy === 'draw' && !drawn ? 1 : 0) + rank + visitor.sub;
}

// stateNow is the zone's state at the time of the request: a scheduled zone opens by itself.
export function stateNow(visit, zone) {
  return zone.$state === 'scheduled' && zone.$opensAt && zone.$opensAt <= visit.$now ? 'open' : zone.$state;
}

// ---- tokens

// readVisitor returns the claims of the visitor token, or null without a valid one.
export function readVisitor(visit, zone) {
  const visitor = readToken(VISITOR, visit, zone);
  return visitor && !visitor.$expired ? visitor : null;
}

// readToken returns the claims of the request's token of this kind, or null when it proves nothing. Beside the claims
// stand $expired, and $row, the row of the key that signed it.
export function readToken(kind, visit, zone) {
  const name = KIND[kind], keys = kind === INVITE ? [zone.$lasting] : zone.$keys;
  const token = kind === INVITE ? value(visit.$query, 'foyer_invite')
    : visit.$headers['x-foyer-' + name] ? value(visit.$headers, 'x-foyer-' + name)
      : value(visit.$request.cookies, COOKIE[kind] + visit.$zone);
  const part = token.split('.');
  if (token.length > 1024 || part.length !== 3) return null;
  for (let row = 0; row < keys.length; row++) {
    if (part[0] !== head(kind, keys[row])) continue;
    if (!same(part[2], hmac(signing(kind, visit, keys[row]), part[0] + '.' + part[1], 'base64url'))) return null;
    const text = Buffer.from(part[1], 'base64url').toString();
    if (!matchesAll(CLAIMS[kind], text) || base64(text) !== part[1]) return null;
    const claims = JSON.parse(text);
    if (claims.aud !== visit.$zone || claims.iat * 1000 > visit.$now + SKEW) return null;
    claims.$expired = visit.$now >= claims.exp * 1000;
    claims.$row = row;
    return claims;
  }
  return null;
}

// readInvite returns the claims of the invite in the address, or null when it is none, has expired or was revoked.
export function readInvite(visit, zone) {
  const invited = readToken(INVITE, visit, zone);
  return invited && !invited.$expired && (zone.$revoked || '').indexOf(' ' + invited.bat + ' ') < 0 ? invited : null;
}

// sign makes a visitor token of the claims; its life begins at iat.
export function sign(visit, key, claims) {
  const text = `{"arr":${claims.arr},"aud":"${claims.aud}","exp":${claims.iat + LIFE},"iat":${claims.iat},` +
    `"pri":${claims.pri},"sub":"${claims.sub}"}`;
  return seal(VISITOR, visit, key, text);
}

// seal makes a token of this kind of claims.
export function seal(kind, visit, key, text) {
  const body = head(kind, key) + '.' + base64(text);
  return body + '.' + hmac(signing(kind, visit, key), body, 'base64url');
}

// signing derives the key of a kind of token from one that the state holds.
export function signing(kind, visit, key) {
  return hmac(key[1], KIND[kind] + (kind < INVITE ? ' ' + visit.$zone : ''), 'base64url');
}

// network is the part of the viewer's address that stands for the network: an IPv4 /24 or an IPv6 /48.
export function network(ip) {
  if (ip.indexOf(':') < 0) return '4 ' + ip.split('.').slice(0, 3).join('.');
  const side = ip.split('::').map(part => part ? part.split(':') : []);
  let groups = side[0];
  if (side.length > 1) while (groups.length < 8 - side[1].length) groups = groups.concat('0');
  return '6 ' + groups.concat(side[1] || []).slice(0, 3)
    .map(group => parseInt(group, 16).toString(16)).join(':');
}

function head(kind, key) {
  return base64(`{"alg":"HS256","kid":"${key[0]}","typ":"foyer-${KIND[kind]}+jwt"}`);
}

export function hmac(key, text, form) {
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

// readState returns a zone's state, or null. Its names are short in the store, because a value may have 1 KB: the build
// replaces $state and the like by them. Package relay writes them.
export function readState(name) {
  return read('z.' + name);
}

// read returns a value of the store, or null, whether it is absent, unreadable or out of reach.
export async function read(key) {
  try {
    return await kvs.get(key, { format: 'json' });
  } catch (e) {
    return null;
  }
}

// isUnmade reports whether the store is known to have nothing of a zone: it was never made.
export async function isUnmade(name) {
  try {
    return !(await kvs.exists('z.' + name));
  } catch (e) {
    return false;
  }
}

// isSound reports whether a state is fit to decide by. Keys count above all: an empty one would let anybody sign.
export function isSound(zone) {
  return !!zone && /^(scheduled|open|paused|closed)$/.test(zone.$state) && Array.isArray(zone.$rate) &&
    Array.isArray(zone.$keys) && zone.$keys.length > 0 && zone.$keys.concat([zone.$lasting]).every(key =>
      Array.isArray(key) && key.length === 2 && matchesAll(/^[a-z0-9]{1,8} [\w-]{43}$/, key.join(' ')));
}
