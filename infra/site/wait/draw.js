// Verify my draw: recompute one's own rank in the browser from what was published.

const text = new TextEncoder();

// verify gives {fair, rank, part}: whether the seed is the one promised before the sale, this visitor's rank (12 hex
// digits, the first 6 bytes of HMAC-SHA256(seed, visitor id)), and where that lies among all ranks, from 0 to 1.
export async function verify(zone, draw, visitor, subtle = crypto.subtle) {
  const promise = hex(await subtle.digest('SHA-256', text.encode(zone + draw.seed)));
  const key = await subtle.importKey('raw', text.encode(draw.seed), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const mac = await subtle.sign('HMAC', key, text.encode(visitor));
  const rank = hex(mac).slice(0, 12);
  return { fair: promise === draw.commitment, rank, part: parseInt(rank, 16) / 2 ** 48 };
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
}
