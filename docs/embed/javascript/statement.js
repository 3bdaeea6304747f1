// A sample for the protected site: visitorOf is the visitor whom a request's x-foyer-statement names; empty unless the
// front door signed it, with the zone's key, for the zone, and it still holds.
const { createHmac, timingSafeEqual } = require('node:crypto');

exports.visitorOf = (statement, zone, key) => {
  const end = Math.max(0, statement.lastIndexOf('.'));
  const given = Buffer.from(statement.slice(end));
  const want = Buffer.from('.' + createHmac('sha256', key).update(statement.slice(0, end)).digest('base64url'));
  if (given.length !== want.length || !timingSafeEqual(given, want)) return '';
  const claims = JSON.parse(Buffer.from(statement.split('.')[1], 'base64url'));
  return claims.aud === zone && claims.exp > Date.now() / 1000 ? claims.sub : '';
};
