// Places without asking: a visitor's place and wait, worked out in the browser from the zone's public status alone.
//
// The census gives the number of people waiting below each order key as a line through at most 128 knots. The Go
// package internal/room/census packs it; the vectors in testdata/census hold both sides together.

// unpack gives the knots as [position, people below it]; a position is the order key's first 8 bytes as a number.
// Packed, each knot is two differences from the one before, as base-128 numbers, lowest digits first, in base64url.
function unpack(text) {
  const bytes = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  const knots = [];
  let i = 0, x = 0n, y = 0n;
  const next = () => {
    let number = 0n, shift = 0n, b;
    do {
      b = bytes.charCodeAt(i++);
      number |= BigInt(b & 127) << shift;
      shift += 7n;
    } while (b > 127);
    return number;
  };
  while (i < bytes.length) {
    x += next();
    y += next();
    knots.push([x, Number(y)]);
  }
  return knots;
}

// count reads the line in the middle of the key's position, so that half of those at the same position are below.
function count(census, keyHex, round) {
  const x = BigInt('0x' + keyHex.slice(0, 16));
  let x0 = 0n, y0 = 0;
  for (const [x1, y1] of unpack(census.knots)) {
    if (x < x1) return y0 + round((y1 - y0) * (Number(x - x0) + 0.5) / Number(x1 - x0));
    x0 = x1;
    y0 = y1;
  }
  return y0;
}

// countBelow is how many waited with an order key below keyHex (46 hex digits) when the census was taken.
export function countBelow(census, keyHex) {
  return count(census, keyHex, Math.floor);
}

// countUpTo is how many waited with an order key up to and including keyHex; nobody for the empty key.
export function countUpTo(census, keyHex) {
  return keyHex ? count(census, keyHex, Math.ceil) : 0;
}

// waitRange is how long a place takes at the measured rates (entries a minute): {low, high} in seconds, high null
// when the low rate is nothing; null when nothing can be said.
export function waitRange(place, rate) {
  if (place === null || !rate || !(rate.high > 0)) return null;
  const seconds = (perMinute) => Math.ceil(place * 60 / perMinute);
  return { low: seconds(rate.high), high: rate.low > 0 ? seconds(rate.low) : null };
}
