// Which zone an address belongs to: the same rule as the edge function's. /z/<zone>/… names a zone; every other
// path is the default zone's. FOYER_DEFAULT_ZONE is put in when the pages are built.

const named = /^\/z\/([a-z0-9][a-z0-9-]{0,31})(?:\/|$)/;

export function zoneOf(path, fallback = FOYER_DEFAULT_ZONE) {
  const match = named.exec(path);
  return match ? match[1] : fallback;
}

// zoneHere is the zone of the page's own address: the edge says it in foyer_c where the path doesn't, and lets no other
// value by.
export const zoneHere = (said) => (said.get('foyer_c') || '').slice(2) || zoneOf(location.pathname);

// zoneAsked is the zone that a page of its own is opened for by ?zone=…, or else the default one.
export function zoneAsked(said) {
  const name = said.get('zone') || '';
  return named.test('/z/' + name) ? name : FOYER_DEFAULT_ZONE;
}

// cleaned is the address without Foyer's own parameters (foyer_c: a cookie was set, and the
// zone; foyer_w: the admitter was asked; foyer_invite: spent).
export function cleaned(href) {
  const url = new URL(href);
  for (const name of [...url.searchParams.keys()]) {
    if (name.startsWith('foyer_')) url.searchParams.delete(name);
  }
  return url.pathname + url.search + url.hash;
}
