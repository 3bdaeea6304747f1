// The way back: Foyer's function for answers at the protected site's addresses (CloudFront Functions, JavaScript
// runtime 2.0). A site that takes its own host for the public one would send people past the gate: here its absolute
// redirects to itself become paths of the front door, and cookies for its own host belong to the front door's. The
// waiting room's page, which is shown at any address, gets the headers of Foyer's own pages.
//
// The build (edge.BuildBack) fills in ORIGIN_HOST, ORIGIN_PATH, PAGE and PAGE_HEADERS. CloudFront doesn't run it for
// errors.
export function handler(event) {
  const response = event.response;
  const headers = response.headers;
  if (headers[PAGE]) {
    delete headers[PAGE];
    Object.keys(PAGE_HEADERS).forEach(function (name) { headers[name] = { value: PAGE_HEADERS[name] }; });
    return response;
  }
  if (!ORIGIN_HOST && !ORIGIN_PATH) return response;
  const host = event.request.headers.host;
  if (headers.location) headers.location.value = local(headers.location.value, host ? host.value : '');
  Object.keys(response.cookies).forEach(function (name) {
    const cookie = response.cookies[name];
    (cookie.multiValue || []).concat([cookie]).forEach(function (one) {
      if (ORIGIN_HOST && one.attributes) one.attributes = own(one.attributes);
    });
  });
  return response;
}

// local is where a browser finds what the site means, at the front door that the viewer called by that host.
function local(address, host) {
  const parts = /^(?:https?:)?\/\/([^\/\\?#]*)(.*)$/i.exec(address);
  const named = parts ? parts[1].toLowerCase() : '';
  if (parts && (!named || named !== ORIGIN_HOST && named !== host.toLowerCase())) return address;
  let path = parts ? parts[2] : address;
  if (parts && path[0] !== '/') path = '/' + path;
  if (ORIGIN_PATH && (path + '/').replace(/[?#]/, '/').indexOf(ORIGIN_PATH + '/') === 0) {
    path = path.slice(ORIGIN_PATH.length);
    if (path[0] !== '/') path = '/' + path;
  }
  // Two slashes at the beginning would name another host.
  return parts || ORIGIN_PATH ? path.replace(/^[\/\\]+/, '/') : path;
}

// own takes the site's own host out of a cookie's attributes.
function own(attributes) {
  return attributes.split(';').filter(function (part) {
    const domain = /^\s*domain=\.?(.*?)\s*$/i.exec(part);
    return !domain || domain[1].toLowerCase() !== ORIGIN_HOST.replace(/:\d+$/, '');
  }).join(';');
}
