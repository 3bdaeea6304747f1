// Shows a page where there is no connection, or none to speak of, from what was kept while there was one. Its scope is
// the page's folder.

const patience = 4000; // ms

addEventListener('fetch', (event) => {
  if (event.request.method === 'GET') event.respondWith(answer(event.request));
});

async function answer(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), patience));
  return Promise.race([fetch(request).then((answer) => (answer.ok ? answer : kept), () => kept), late]);
}
