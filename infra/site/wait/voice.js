// What the page says aloud to those who don't see it: changes worth saying, never a ticking number.

const every = 60000; // ms between two reports of the place, at least

// Voice decides what a screen reader says. speak(now, view) gives the words, or '' for silence.
export class Voice {
  speak(now, v) {
    if (v.phase === this.phase && v.head === this.head) {
      if (v.phase !== 'waiting' || !v.number || v.number === this.number || now - this.at < every) return '';
    }
    Object.assign(this, { phase: v.phase, head: v.head, number: v.number, at: now });
    return v.say;
  }
}
