// The way back: Foyer's function for answers at the protected site's addresses (CloudFront Functions, JavaScript
// runtime 2.0). A site that takes its own host for the public one would send people past the gate: here its absolute
// redirects to itself become paths of the front door, and cookies for its own host belong to the front door's. The
// pages of the waiting room, which are shown at any address, get the headers of Foyer's own pages, and the status of an
// answer that isn't to be had yet.
//
// The build (edge.BuildBack) fills in SITES, PAGE, PAGE_HEADERS and ROOM. CloudFront doesn't run it for errors.
export function handler(event) {
  const response = event.response;
  const headers = response.headers;
  const page = headers[PAGE];
  if (page) {
    delete headers[PAGE];
    Object.keys(PAGE_HEADERS).forEach(function (name) { headers[name] = { value: PAGE_HEADERS[name] }; });
    // Nobody, and no search engine, is to take a page of ours for the site's own.
    if (page.value === ROOM[0]) {
      response.statusCode = ROOM[1];
      response.statusDescription = 'Too Many Requests';
      headers['retry-after'] = { value: ROOM[2] };
    }
    return response;
  }
  const called = event.request.headers.host ? event.request.headers.host.value.toLowerCase() : '';
  // The host by which the site calls itself, and what the front door puts before every path.
  const site = SITES[called.replace(/:\d+$/, '')] || SITES['*'];
  if (!site[0] && !site[1]) return response;
  if (headers.location) headers.location.value = local(headers.location.value, called, site);
  if (headers.refresh) {
    headers.refresh.value = headers.refresh.value.replace(/(url=\s*["']?)([^"']+)/i, function (_, start, address) {
      return start + local(address, called, site);
    });
  }
  Object.keys(response.cookies).forEach(function (name) {
    const cookie = response.cookies[name];
    (cookie.multiValue || []).concat([cookie]).forEach(function (one) {
      if (one.attributes) one.attributes = own(one.attributes, site);
    });
  });
  return response;
}

// local is where a browser finds what the site means, at the front door that the viewer called by that host.
function local(address, host, site) {
  const parts = /^(?:https?:)?\/\/([^\/\\?#]*)(.*)$/i.exec(address);
  const named = parts ? plain(parts[1].toLowerCase()) : '';
  if (parts && (!named || named !== plain(site[0]) && named !== plain(host))) return address;
  let path = parts ? parts[2] : address;
  if (parts && path[0] !== '/') path = '/' + path;
  if (site[1] && (path + '/').replace(/[?#]/, '/').indexOf(site[1] + '/') === 0) {
    path = path.slice(site[1].length);
    if (path[0] !== '/') path = '/' + path;
  }
  // Two slashes at the beginning would name another host.
  return parts || site[1] ? path.replace(/^[\/\\]+/, '/') : path;
}

// plain is a host without the port that its scheme has anyway.
function plain(host) {
  return host.replace(/:(80|443)$/, '');
}

// own takes the site's own host out of a cookie's attributes, and what the front door puts before every path.
function own(attributes, site) {
  return attributes.split(';').filter(function (part) {
    const domain = /^\s*domain=\.?(.*?)\s*$/i.exec(part);
    return !domain || !site[0] || domain[1].toLowerCase() !== site[0].replace(/:\d+$/, '');
  }).map(function (part) {
    const path = /^(\s*path=)(\/.*?)\s*$/i.exec(part);
    const below = path && site[1] && (path[2] + '/').indexOf(site[1] + '/') === 0;
    return below ? path[1] + (path[2].slice(site[1].length) || '/') : part;
  }).join(';');
}
