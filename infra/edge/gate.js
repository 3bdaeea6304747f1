// The gate: Foyer's function at the CDN's edge (CloudFront Functions, JavaScript runtime 2.0) before the protected site,
// run for every viewer request of it. From the request and two values of the store, its host's rules and its zone's
// state, it decides whether the viewer goes on to the site, waits, or asks the admitter, by way of a static page. It
// never calls a back-end, and sends no browser to one: an error of theirs is no page.
//
// Only the language of runtime 2.0 may be used: no for-of, classes, destructuring, spread, default parameters,
// Map, Set, optional chaining or await within arguments. The build (edge.Build) puts shared.js in, fills in
// DEFAULT_ZONE, FAIL_MODE, PAGES_ORIGIN, ANSWER_HEADERS and the like, shortens names, and takes the export away.
import {
  ACCESS, API, INVITE, STATEMENT, ZONE, cf, hmac, invalid, isSound, isUnmade, keep, matchesAll, network, newVisit, page, plainPath,
  placeCookie, publicStatus, read, readState, readInvite, readToken, readVisitor, redirect, refuse, seal, settled, sign, signing, stateNow, unescaped,
  unknownZone, value, visitorCookie, wantsPage,
} from './shared.js';

export async function handler(event) {
  const visit = newVisit(event);
  visit.$reading = /^(GET|HEAD)$/.test(visit.$request.method);
  // A person's browser asks for a page to show; one that it only might show takes no place.
  visit.$navigates = visit.$reading && !visit.$headers['sec-purpose'] && !visit.$headers.purpose && wantsPage(visit);

  visit.$hostname = value(visit.$headers, 'host').toLowerCase().replace(/:\d+$/, '');
  const path = plainPath(visit.$request.uri);
  const rules = RULES && path ? await read('r.' + (HOSTS.indexOf(visit.$hostname) < 0 ? '*' : visit.$hostname)) : null;
  visit.$rules = rules && rules.r || [];
  visit.$zone = target(visit, path, false);
  if (!path) return invalid(visit);
  if (visit.$zone !== OPEN && !matchesAll(ZONE, visit.$zone)) return unknownZone(visit);
  if (!isPlain(visit, path)) return invalid(visit);
  if (visit.$zone === OPEN) return pass(visit, '');
  // What belongs to a zone that was never made belongs to the default one, and if that wasn't either, to the site.
  for (; ;) {
    const zone = await readState(visit.$zone);
    if (zone || !(await isUnmade(visit.$zone))) return decide(visit, zone);
    if (visit.$zone === DEFAULT_ZONE) return pass(visit, '');
    visit.$zone = DEFAULT_ZONE;
  }
}

// Where a path may belong beside a zone: these are no zone's name.
const OPEN = '/', OWN = '/foyer';

// target is where a path belongs: what every site keeps open (robots, icons, the proofs that certificates and wallets
// ask for), the first of the host's rules that fits, the zone that the path names, or the default one. With fold the
// path is in lower case, for a server that ignores case.
function target(visit, path, fold) {
  if (/^\/(foyer\/|ws$)/.test(path)) return OWN;
  if (visit.$reading && /^\/(robots\.txt|favicon\.ico|sitemap[\w-]*\.xml|\.well-known\/.+)$/.test(path)) return OPEN;
  for (let i = 0; i < visit.$rules.length; i++) {
    const rule = visit.$rules[i].split(' '); // zone, methods, path
    const pattern = (fold ? rule[2].toLowerCase() : rule[2]).split('*');
    const methods = rule[1].split(',');
    const fits = pattern.length < 2 ? path === rule[2] || fold && path === pattern[0]
      : path.length >= pattern.join('').length && path.startsWith(pattern[0]) && path.endsWith(pattern[1]);
    if (fits && (rule[1] === '*' || methods.indexOf(visit.$request.method) >= 0)) return rule[0];
  }
  return namedBy(path);
}

// namedBy is the zone that a path names by /z/<zone>/, or the default one. Pages read their own address so.
function namedBy(path) {
  const named = /^\/z\/([^\/]*)/.exec(path);
  return named ? named[1] : DEFAULT_ZONE;
}

// isPlain reports whether all servers take the path for one of the same zone: also those that ignore case, decode
// twice, or overlook control characters, and spaces and dots at the end of a segment.
function isPlain(visit, path) {
  const again = unescaped(unescaped(path));
  const loose = again.replace(/\/([\0- ]|%[01].)+/g, '/').replace(/([\0- .]|%[01].)+(\/|$)/g, '$2');
  return settled(again) && [path, again, loose].every(read =>
    target(visit, read, false) === visit.$zone && target(visit, read.toLowerCase(), true) === visit.$zone);
}

// decide is the gate proper: a protected request, and the state of its zone.
function decide(visit, zone) {
  // A browser asks by OPTIONS, without cookies, whether a script may call: nobody can tell whose call it will be.
  const preflight = visit.$request.method === 'OPTIONS' && visit.$headers['access-control-request-method'];
  if (preflight) return pass(visit, '');
  if (!isSound(zone)) {
    const failMode = zone && zone.$failMode ? zone.$failMode : FAIL_MODE;
    return failMode === 'open' ? pass(visit, '') : waitingRoom(visit, null, null, '');
  }
  if (zone.$policy === 'passthrough') return pass(visit, '');
  const access = readToken(ACCESS, visit, zone);
  // Visitors inside keep their work: only pages wait for the admitter, who knows whether the visit still lives.
  const passes = access && !access.$expired && (!visit.$navigates || isFresh(visit, zone, access));
  if (passes) {
    const request = pass(visit, access.sub, access.ref);
    if (STATEMENTS) request.headers['x-foyer-statement'] = { value: statement(visit, zone, access) };
    return request;
  }
  // foyer_w means that the admitter was asked.
  if (access && visit.$navigates && zone.$policy !== 'reject' && !visit.$query.foyer_w) return show(visit, 'enter');

  const visitor = readVisitor(visit, zone);
  if (zone.$policy === 'reject' || zone.$state === 'closed' || isRobot(visit)) {
    return waitingRoom(visit, zone, visitor, '');
  }

  // A link on another site's page takes nobody's place away: the waiting room asks before it is used.
  const chosen = !visitor || /^(same-origin|none)?$/.test(value(visit.$headers, 'sec-fetch-site'));
  const invited = visit.$query.foyer_invite && chosen ? readInvite(visit, zone) : null;
  const better = invited && (!visitor || invited.pri < visitor.pri) ? invited : null;
  // foyer_c means that a cookie was set before.
  if ((better || !visitor) && !(visit.$navigates && visit.$query.foyer_c)) {
    const arrived = newVisitor(visit, zone, better);
    const token = sign(visit, zone.$keys[0], arrived);
    if (!visit.$navigates) return waitingRoom(visit, zone, arrived, token);
    const back = redirect(localAddress(visit, /^foyer_/));
    back.cookies = visitorCookie(visit, token);
    // The old place is kept beside the new one, which may be used up.
    const name = placeCookie(visit), old = visit.$request.cookies[name];
    if (visitor && old) back.cookies[name.replace('-v-', '-o-')] = { value: old.value, attributes: back.cookies[name].attributes };
    return back;
  }
  if (!visitor) return waitingRoom(visit, zone, null, ''); // a browser that keeps no cookies: the page says so
  const direct = zone.$direct && stateNow(visit, zone) === 'open' && !zone.$soldOut;
  if (direct && visit.$navigates && !visit.$query.foyer_w) return show(visit, 'enter');
  return waitingRoom(visit, zone, visitor, '');
}

// isRobot reports whether a crawler or a preview of a link asks, which keeps no cookies and waits for nothing.
function isRobot(visit) {
  return visit.$reading && /bot\b|crawl|spider|slurp|externalhit|preview|embed|whatsapp|facebookcatalog|archiver/i
    .test(value(visit.$headers, 'user-agent'));
}

// isFresh reports whether an access token loads pages here and now: it is young, and of this network.
function isFresh(visit, zone, access) {
  const here = network(visit.$ip), hash = hmac(zone.$lasting[1], 'network ' + here, 'base64url').slice(0, 6);
  return visit.$now < access.ask * 1000 && (access.net === '.' || access.net.split('.')[here[0] === '6' ? 1 : 0] === hash);
}

// newVisitor returns the claims of a visitor who arrives now, or of the one whom the invite stands for. An invite's
// signing time stands for the arrival, so that it gives the same order key on every device.
function newVisitor(visit, zone, invite) {
  return {
    arr: invite ? invite.iat * 1000 : visit.$now,
    aud: visit.$zone,
    iat: Math.floor(visit.$now / 1000),
    pri: invite ? invite.pri : 8,
    sub: (invite ? hmac(signing(INVITE, visit, zone.$lasting), 'visitor ' + invite.sub, 'hex')
      : hmac(zone.$keys[0][1], visit.$id + Math.random(), 'hex')).slice(0, 32),
  };
}

// pass lets the request through to the site, without any of Foyer's own headers, cookies and parameters. The site learns
// its public host, which it needs for links, redirects and to know its own forms. No viewer may say another one, nor
// another path than the one that the gate has judged; some servers take _ for - in a header's name.
function pass(visit, visitorId, ref) {
  const host = value(visit.$headers, 'host');
  if (HOSTS.indexOf(visit.$hostname) >= 0) cf.selectRequestOriginById(visit.$hostname);
  else if (HOSTED) visit.$request.uri = '/index.html'; // the one page of it is shown at every address
  keep(visit.$headers, /^(x-forwarded-for$|(?!forwarded$|x.(foyer|forwarded|original|real|rewrite).))/);
  // What is open by its method is open for that method alone.
  if (visit.$zone === OPEN || visit.$request.method === 'OPTIONS') keep(visit.$headers, /^(?!x.(http.)?method)/);
  keep(visit.$request.cookies, /^(?!__Host-foyer-)/);
  keep(visit.$query, /^(?!foyer_)/);
  visit.$headers['x-forwarded-host'] = { value: host };
  if (visitorId) visit.$headers['x-foyer-visitor-id'] = { value: visitorId };
  if (ref) visit.$headers['x-foyer-visit'] = { value: visitorId + '.' + ref };
  return visit.$request;
}

// statement says to the site, under a key of its zone for this alone, whom the gate lets in now.
function statement(visit, zone, access) {
  const now = Math.floor(visit.$now / 1000);
  return seal(STATEMENT, visit, zone.$lasting,
    `{"aud":"${visit.$zone}","exp":${now + 120},"iat":${now},"ref":"${access.ref}","sub":"${access.sub}"}`);
}

// show shows a static page at the viewer's own address. What is left of the request is the CDN's cache key, so that one
// copy serves everybody; of these headers only the host may be another one. The page learns its zone by its address.
function show(visit, name) {
  const request = visit.$request;
  if ((value(visit.$query, 'foyer_c') || '1') !== mark(visit)) return redirect(localAddress(visit, /^foyer_c=/));
  request.uri = '/foyer/site/' + name + '/index.html';
  request.querystring = {};
  request.cookies = {};
  keep(request.headers, /^(host|accept-encoding|via|content-length|transfer-encoding)$/); // the last three are fixed
  cf.selectRequestOriginById(PAGES_ORIGIN);
  return request;
}

// waitingRoom is the static page at the same address for a person's browser, and a refusal for anything else.
function waitingRoom(visit, zone, visitor, newToken) {
  if (visit.$navigates && !isRobot(visit)) return show(visit, 'wait');
  // A preview of a link shows the event. Search engines are asked to come back later, and to keep what they know.
  if (zone && zone.$event && isRobot(visit) && !/google|bing|crawl|spider|slurp|archiver/i.test(value(visit.$headers, 'user-agent'))) {
    return redirect(API + visit.$zone + '/event.html');
  }
  const state = zone ? stateNow(visit, zone) : '';
  let after = 10 + Math.floor(Math.random() * 5);
  if (state === 'scheduled' && zone.$opensAt) after += Math.min(290, Math.ceil((zone.$opensAt - visit.$now) / 1000));
  if (state === 'closed' || (zone && zone.$policy === 'reject')) after = 300;
  const refusal = isRobot(visit)
    ? page(429, zone && zone.$title || FOYER_TEXTS.edge.wait, FOYER_TEXTS.edge.waitLead)
    : refuse(visit, 429, 'waiting', FOYER_TEXTS.edge.waiting, {
      retryAfter: after,
      zone: visit.$zone,
      visitorToken: newToken || undefined,
      register: API + visit.$zone + '/register',
      enter: API + visit.$zone + '/enter',
      zoneStatus: zone ? publicStatus(visit, zone, visitor) : null,
    });
  refusal.headers['retry-after'] = { value: String(after) };
  return refusal;
}

// mark is what foyer_c says: that a cookie was set, and the zone where pages don't find it in the path, as it is written.
function mark(visit) {
  return visit.$zone === namedBy(visit.$request.uri) ? '1' : '1.' + visit.$zone;
}

// localAddress is the request's address on this host, whatever the path looks like, with the parameters as they came
// but for those that go, and with the mark.
function localAddress(visit, gone) {
  const parts = (visit.$request.rawQueryString() || '').split('&');
  return visit.$request.uri.replace(/^[\/\\]+/, '/') + '?' + parts.filter(part => part && !gone.test(part))
    .concat('foyer_c=' + mark(visit)).join('&');
}
