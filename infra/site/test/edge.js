// The edge's own functions, so that the pages are tested with the answers that they get. As the build does, they are
// given the stored names of a zone's state.

import { readFileSync } from 'node:fs';
import { register } from 'node:module';

// The platform's module is a store that each call fills; the functions' files count as modules.
register('data:text/javascript,' + encodeURIComponent(`
export async function resolve(name, context, next) {
  if (name === 'cloudfront') return { url: 'data:text/javascript,export default globalThis.edgePlatform', shortCircuit: true };
  const found = await next(name, context);
  return found.url.includes('/infra/edge/') ? { ...found, format: 'module' } : found;
}
const names = ${readFileSync(new URL('../../edge/stored.json', import.meta.url))};
export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.includes('/infra/edge/')) return loaded;
  return { ...loaded, source: String(loaded.source).replace(/\\$[a-zA-Z]+/g, (name) => names[name] || name) };
}`));
const vectors = JSON.parse(readFileSync(new URL('../../../testdata/tokens/vectors.json', import.meta.url)));
let store = {};
globalThis.edgePlatform = {
  kvs: () => ({
    get: async (key) => (key in store ? store[key] : Promise.reject(new Error('absent'))),
    exists: async (key) => key in store,
  }),
  selectRequestOriginById() {},
};
Object.assign(globalThis, {
  DEFAULT_ZONE: 'main', FAIL_MODE: 'closed', PAGES_ORIGIN: 'pages', RULES: false, HOSTS: [], HOSTED: false, ANSWER_HEADERS: {},
});
const [gate, functions] = [await import('../../edge/gate.js'), await import('../../edge/api.js')];

// Edge is both functions before one zone, and one browser with its cookies. `zone` is what differs from an open zone with
// a line, by its stored names; `now` gives the time.
export class Edge {
  constructor(now, zone = {}, { cookies = true } = {}) {
    Object.assign(this, { now, keeps: cookies, jar: {} });
    this.zone = {
      v: [1, 1], s: 'open', d: 0, so: 0, b: 'closed', p: 'first-come', o: 0, ...vectors.edge.main,
      c: '', w: 12, i: 3, l: -1, r: [50, 70], t: 'A Concert', at: now(), se: '', co: '', ...zone,
    };
  }

  // visit opens an address as a browser does, and gives the one at which a page was shown; '' when the site was.
  async visit(address = '/') {
    for (let i = 0; i < 5; i++) {
      const [uri, search] = address.split('?');
      const answer = await this.#run(gate, 'GET', uri, search, { 'sec-fetch-mode': { value: 'navigate' } });
      if (answer.statusCode !== 302) return answer.uri === '/foyer/site/wait/index.html' ? address : '';
      address = answer.headers.location.value;
      if (address.startsWith('/foyer/')) return address;
    }
    throw new Error('too many redirects');
  }

  // status is the public status as the page gets it.
  async status() {
    const answer = await this.#run(functions, 'GET', '/foyer/zones/main/status', '', { accept: { value: '*/*' } });
    return { status: answer.statusCode, body: JSON.parse(answer.body) };
  }

  async #run(fn, method, uri, search, headers) {
    const query = Object.fromEntries((search || '').split('&').filter(Boolean).map((part) => [part.split('=')[0], { value: part.split('=')[1] || '' }]));
    const cookies = Object.fromEntries(Object.entries(this.jar).map(([name, value]) => [name, { value }]));
    store = { 'z.main': this.zone };
    const clock = Date.now;
    Date.now = () => Math.floor(this.now());
    try {
      const answer = await fn.handler({
        context: { requestId: 'r1' }, viewer: { ip: '192.0.2.7' },
        request: {
          method, uri, querystring: query, cookies, headers: { host: { value: 'tickets.example' }, ...headers },
          rawQueryString: () => search || undefined,
        },
      });
      if (this.keeps) for (const name in answer.cookies) if (answer.statusCode) this.jar[name] = answer.cookies[name].value;
      return answer;
    } finally {
      Date.now = clock;
    }
  }
}
