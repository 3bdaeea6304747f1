// How long a visit inside still is. Answers say it in seconds from now, so that it doesn't matter what the device's clock
// says; here it becomes times on a clock of our own, which runs on however that one is set.

// steady is the time in ms on that clock. The tabs of a browser share it.
export const steady = () => performance.timeOrigin + performance.now();

// stay makes {until, renewAt} of an answer to enter.
export function stay({ endsIn, renewIn }, now) {
  return { until: now + 1000 * endsIn, renewAt: now + 1000 * renewIn };
}
