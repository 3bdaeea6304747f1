// A time to go, in figures.

// clock is a time to go: 4:05, 1:02:09, 2 d 3:00:00 shown as 51:00:00 is no help, so days stand apart.
export function clock(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const two = (n) => String(n).padStart(2, '0');
  const [d, h, min] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (d) return `${d} d ${h} h`;
  return (h ? h + ':' + two(min) : min) + ':' + two(s % 60);
}
