// What the page is in, from what it knows. Pure: the same knowledge at the same time gives the same phase.

// phase names the one thing that the page says. `m` is the room's knowledge, see room.js; now is the server's time.
export function phase(m, now) {
  if (m.over) return m.over; // left, ended, cookies, refused, unknown
  if (m.inside || m.entering) return 'entering';
  const s = m.status;
  if (!s) return m.trouble > 2 ? 'error' : 'loading';
  if (m.turn) return m.turn.until && now > m.turn.until ? 'late' : 'turn';
  if (s.state === 'closed' || s.policy === 'reject') return 'closed';
  if (s.soldOut) return 'soldout';
  if (s.state === 'paused') return 'paused';
  if (s.state === 'scheduled') return now < s.opensAt || !s.opensAt ? 'scheduled' : 'opening';
  if (s.policy === 'draw' && !drawn(s)) return 'drawing';
  return 'waiting';
}

// drawn reports whether the draw's seed is out.
export function drawn(status) {
  return Boolean(status.draw && status.draw.seed);
}

// queues reports whether a place in line means anything in this phase, so that it is worth registering one.
export function queues(name) {
  return ['scheduled', 'opening', 'drawing', 'waiting', 'paused', 'soldout', 'turn', 'late', 'entering'].includes(name);
}
