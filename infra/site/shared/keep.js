// Pages that work where there is no connection, once they were opened with one.

// keepPage keeps the page that is open, of the folder of that name. A worker for this folder alone shows it.
export async function keepPage(name) {
  try {
    await navigator.serviceWorker.register('/foyer/site/' + name + '/worker.js');
    const loaded = performance.getEntriesByType('resource').map((one) => one.name);
    const cache = await caches.open('foyer-' + name);
    const wanted = new Set(loaded.filter((url) => /\/foyer\/(site\/|zones\/[^/]+\/event$)/.test(url)));
    await cache.addAll([location.pathname, ...wanted]);
    for (const { url } of await cache.keys()) {
      if (/\/foyer\/site\/.*\./.test(url) && !wanted.has(url) && !url.endsWith(location.pathname)) await cache.delete(url);
    }
    document.documentElement.dataset.kept = '';
  } catch {
    /* a private window, or an old browser: the page works while it is open */
  }
}
