// A visitor's order key, as hex: priority (1 digit), lane (1), rank (12), visitor id (32). The lowest goes first,
// and equally long lower-case hex compares like the bytes.

// orderKey is the visitor's key, or '' while the draw is secret. `you` is the status's answer; `known` is what
// registering returned: {key, lane}.
export function orderKey(you, known) {
  if (known && known.key) return known.key;
  if (!you || !you.key) return '';
  // The edge can't know whether a visitor registered in time for the draw; registering did.
  if (known && known.lane > 0 && you.key[1] !== '1') return arrivalKey(you);
  return you.key;
}

function arrivalKey(you) {
  return (you.priority || 0).toString(16) + '1' + you.arrivedAt.toString(16).padStart(12, '0') + you.id;
}

// isCalled reports whether everyone up to and including this key was called.
export function isCalled(key, called) {
  return Boolean(key && called && key <= called);
}
