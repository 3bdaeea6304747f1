// A sample for the protected site: a middleware for Express and its like that lets only requests in that came through
// the front door. secrets are the site's, of which there are two while one is being replaced.
const { createHash, timingSafeEqual } = require('node:crypto');

const hash = (text) => createHash('sha256').update(text).digest();

exports.fromFrontDoor = (secrets) => (request, response, next) => {
  const given = hash(request.headers['x-foyer-site'] || '');
  if (secrets.some((secret) => secret && timingSafeEqual(given, hash(secret)))) return next();
  response.statusCode = 403;
  response.end('come through the front door');
};
