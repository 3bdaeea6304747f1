// The API's function: it meets every request for Foyer's own interface and sockets, lets through what the back-ends
// know, and answers the status of a zone itself. See gate.js for what may be used of the language.
import {
  ZONE, answer, invalid, isSound, keep, matchesAll, network, plainPath, publicStatus, read, readInvite, readState, readVisitor, refuse,
  sign, unknownZone, value, newVisit, visitorCookie,
} from './shared.js';

// What a back-end may see of a viewer's request: Foyer's own tokens, and what describes the call. The site's cookies and
// headers aren't its business, and API Gateway refuses requests with more than 10 KB of them.
const HEADERS = new RegExp('^(host|via|content-length|transfer-encoding|accept|accept-encoding|accept-language|' +
  'content-type|origin|referer|user-agent|upgrade|connection|sec-[\\w-]+|stripe-signature|' +
  'idempotency-key|x-foyer-(visitor|access|order-secret|site))$');

export async function handler(event) {
  const visit = newVisit(event);
  const host = value(visit.$headers, 'host');
  keep(visit.$headers, HEADERS);
  keep(visit.$request.cookies, /^__Host-foyer-/);
  const over = tooLarge(visit);
  if (over) return over;
  const path = plainPath(visit.$request.uri);
  // The CDN picked the back-end by a path that it had normalised. One that isn't normal may stand before another.
  if (!path || path !== visit.$request.uri) return invalid(visit);
  visit.$headers['x-foyer-host'] = { value: host }; // back-ends see their own host, not the one that pages have
  visit.$headers['x-foyer-network'] = { value: network(visit.$ip) };
  if (path === '/ws') return visit.$request;
  // Orders and the payment provider's calls belong to no zone: a buyer who follows a link in a mail need not be inside.
  const outside = /^\/foyer\/(orders\/[\w-]{1,64}(\/cancel|\/mail)?|webhooks\/[a-z]{1,16})$/.exec(path);
  if (outside) return only(visit, outside[2] || outside[1][0] === 'w' ? 'POST' : 'GET') || visit.$request;

  const part = /^\/foyer\/zones\/([^\/]*)\/(status|register|enter|leave|event|event\.ics|event\.html|map|sections|seats|orders)$/.exec(path) ||
    /^\/foyer\/zones\/([^\/]*)\/(map|sections)\/[A-Za-z0-9]{1,16}$/.exec(path) ||
    /^\/foyer\/zones\/([^\/]*)\/(visits)\/[\w.]{1,64}$/.exec(path);
  if (!part) return refuse(visit, 404, 'not_found', FOYER_TEXTS.edge.nothing);
  if (!matchesAll(ZONE, part[1])) return unknownZone(visit);
  visit.$zone = part[1];
  const refusal = only(visit, {
    status: 'GET, HEAD', register: 'POST', enter: 'POST', leave: 'POST', event: 'GET', 'event.ics': 'GET', 'event.html': 'GET',
    map: 'GET', sections: 'GET', seats: 'GET, POST', orders: 'POST', visits: 'GET, POST',
  }[part[2]]);
  if (refusal) return refusal;
  return part[2] === 'status' ? status(visit) : visit.$request;
}

// only refuses a method that isn't one of those.
function only(visit, methods) {
  if (methods.split(', ').indexOf(visit.$request.method) >= 0) return null;
  const refusal = refuse(visit, 405, 'method', FOYER_TEXTS.edge.method);
  refusal.headers.allow = { value: methods };
  return refusal;
}

// The most that a back-end is sent, in bytes: a body, of which API Gateway takes 10 MB, an address, and headers with
// cookies, of which it takes 10 KB. It would refuse what is over its limits without a document of ours.
const MOST_BODY = 1048576, MOST_ADDRESS = 4096, MOST_HEADERS = 9216;

// tooLarge refuses a request of which something is too large, and is null for any other.
function tooLarge(visit) {
  const address = visit.$request.uri.length + bytes(visit.$query);
  if (address > MOST_ADDRESS) return refuse(visit, 414, 'too_large', FOYER_TEXTS.edge.longAddress);
  if (bytes(visit.$headers) + bytes(visit.$request.cookies) > MOST_HEADERS) {
    return refuse(visit, 431, 'too_large', FOYER_TEXTS.edge.largeHeaders);
  }
  return Number(value(visit.$headers, 'content-length')) > MOST_BODY
    ? refuse(visit, 413, 'too_large', FOYER_TEXTS.edge.large) : null;
}

// bytes is about how much names and values take on the wire.
function bytes(from) {
  return Object.keys(from).reduce((sum, name) => sum + name.length + value(from, name).length + 4, 0);
}

// status answers what everybody may know of a zone, and what the visitor may know of itself.
async function status(visit) {
  const zone = await readState(visit.$zone);
  if (!zone) return unknownZone(visit);
  if (!isSound(zone)) return refuse(visit, 503, 'busy', FOYER_TEXTS.edge.busy);
  const visitor = readVisitor(visit, zone);
  const body = publicStatus(visit, zone, visitor);
  body.census = await readCensus(visit.$zone);
  if (visit.$query.foyer_invite) {
    const invited = readInvite(visit, zone);
    body.invite = !invited ? 'dead' : visitor && visitor.pri <= invited.pri ? 'no better' : 'good';
  }
  let cookies = {};
  // Signed anew under the first key, or once a day, so that a visitor who keeps waiting keeps the place; for a year,
  // since who was inside isn't remembered for ever.
  const waits = visitor && visit.$now - visitor.arr < 31536000000;
  if (waits && (visitor.$row > 0 || visit.$now - visitor.iat * 1000 > 86400000)) {
    visitor.iat = Math.floor(visit.$now / 1000);
    const token = sign(visit, zone.$keys[0], visitor);
    if (visit.$headers['x-foyer-visitor']) body.visitorToken = token;
    else cookies = visitorCookie(visit, token);
  }
  return answer(200, 'application/json', JSON.stringify(body), cookies);
}

// readCensus returns the zone's census, or null; its stored names are short as the state's are.
async function readCensus(name) {
  const stored = await read('n.' + name);
  return stored && stored.k ? { at: stored.v, total: stored.n, knots: stored.k } : null;
}
