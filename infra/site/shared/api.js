// The calls that pages make to the front door. An answer never throws: status 0 means that none came.

export function api(zone, fetcher = fetch) {
  const base = '/foyer/zones/' + zone + '/';
  return {
    status: (invite) => ask(fetcher, base + 'status' + (invite ? '?foyer_invite=' + encodeURIComponent(invite) : ''), { method: 'GET' }),
    register: () => post(fetcher, base + 'register', {}),
    enter: (ref, direct) => post(fetcher, base + 'enter', { ...(ref && { ref }), ...(direct && { direct }) }),
    leave: () => post(fetcher, base + 'leave', {}),
  };
}

export function post(fetcher, path, body, headers) {
  return ask(fetcher, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

// ask resolves to {status, body, retryAfter}: body is {} when it isn't JSON, retryAfter is in ms, 0 without advice.
export async function ask(fetcher, path, options) {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), 15000);
  try {
    const answer = await fetcher(path, {
      credentials: 'same-origin',
      cache: 'no-store',
      ...options,
      signal: stop.signal,
    });
    const body = await answer.json().catch(() => ({}));
    const seconds = Number(answer.headers.get('retry-after')) || body.retryAfter || 0;
    return { status: answer.status, body: body || {}, retryAfter: seconds * 1000 };
  } catch {
    return { status: 0, body: {}, retryAfter: 0 };
  } finally {
    clearTimeout(late);
  }
}

// verdict says what an answer to register or enter asks of the caller.
export function verdict({ status, body }) {
  if (status === 200) return 'ok';
  if (status === 401) return 'again'; // the token proves nothing any more: a reload gets a new one
  if (status === 403) return 'refused';
  if (status === 404) return 'unknown';
  if (status === 409) return { missed: 'missed', elsewhere: 'busy' }[body.code] || 'wait';
  if (status === 410) return 'ended';
  return 'busy'; // 429, 5xx, no network: later
}
