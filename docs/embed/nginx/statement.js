// A sample for the protected site, for nginx's njs: the visitor whom a request's x-foyer-statement names; empty unless
// the front door signed it, with the zone's key, for the zone, and it still holds.
var crypto = require('crypto');

function visitorOf(r) {
  var part = (r.headersIn['x-foyer-statement'] || '').split('.');
  var want = crypto.createHmac('sha256', r.variables.foyer_key).update(part[0] + '.' + part[1]).digest('base64url');
  if (part.length !== 3 || !same(part[2], want)) return '';
  var claims = JSON.parse(Buffer.from(part[1], 'base64url').toString());
  return claims.aud === r.variables.foyer_zone && claims.exp > Date.now() / 1000 ? claims.sub : '';
}

// same compares in a time that doesn't depend on where the difference is.
function same(given, want) {
  var difference = given.length ^ want.length;
  for (var i = 0; i < want.length; i++) difference |= given.charCodeAt(i % (given.length || 1)) ^ want.charCodeAt(i);
  return difference === 0;
}

export default { visitorOf };
