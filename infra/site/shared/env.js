// What the browser gives to the modules that decide, and how these stop their timers.

// after calls fn in so many ms, unless the function that it returns is called before.
export function after(ms, fn) {
  const timer = setTimeout(fn, Math.min(ms, 2 ** 31 - 1));
  return () => clearTimeout(timer);
}

// socket opens a WebSocket to a path of the page's own host.
export const socket = (path) => new WebSocket(location.origin.replace(/^http/, 'ws') + path);

// skew is the server's clock less ours in ms, by the time that an answer says when it comes. What the answer's way back
// took and a millisecond for rounding are left out: by this clock nothing ends before it does at the server.
export const skew = (said, received) => said - received - 1;

// cancel stops timers of an object, which keeps under each name what `after` returned.
export function cancel(owner, ...names) {
  for (const name of names) {
    if (owner[name]) owner[name]();
    owner[name] = null;
  }
}
