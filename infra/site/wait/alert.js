// How a visitor who looks elsewhere learns that it is their turn: the title and the icon always; a notification, a chime
// and a buzz only for those who asked for them.

const icon = (inner) => 'data:image/svg+xml,' + encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${inner}</svg>`);
const arch = 'M6 30V14a10 10 0 0 1 20 0v16z';
const icons = {
  wait: icon(`<path d="${arch}" fill="#c8873c"/>`),
  turn: icon(`<path d="${arch}" fill="#2e9d64"/>`),
};

export class Alert {
  constructor(t) {
    this.t = t;
    this.on = false;
    this.rung = false;
  }

  // allow is called by the visitor's own click: browsers give neither sound nor notifications without one. It gives what
  // the browser then does: notify; ring, in this tab; or front, nothing unless the page stays in front.
  async allow(browser = window) {
    this.on = true;
    const { AudioContext, Notification } = browser;
    this.sound ||= AudioContext && new AudioContext();
    if (Notification) await Notification.requestPermission();
    // Phones let only a worker notify, and stop the sound of a page that isn't in front.
    if (browser.matchMedia('(pointer: coarse)').matches) return 'front';
    if (Notification && Notification.permission === 'granted') return 'notify';
    return this.sound && this.sound.state === 'running' ? 'ring' : 'front';
  }

  off() {
    this.on = false;
  }

  // update follows the phase: rings once per turn while nobody looks.
  update(phase, visible, name) {
    const turn = phase === 'turn' || phase === 'entering';
    this.#icon(turn ? icons.turn : icons.wait);
    if (!turn) this.rung = false;
    if (phase !== 'turn' || visible || this.rung) return;
    this.rung = true;
    if (this.on) this.#ring(name);
  }

  #icon(href) {
    if (this.shown === href) return;
    this.shown = href;
    document.querySelector('link[rel=icon]').href = href;
  }

  #ring(name) {
    if (navigator.vibrate) navigator.vibrate([200, 100, 200]);
    if (this.sound) [523, 659, 784].forEach((tone, i) => this.#tone(tone, i * 0.22));
    try {
      const note = new Notification(name || this.t.turn.head, { body: this.t.chime, tag: 'foyer', requireInteraction: true });
      note.onclick = () => {
        window.focus();
        note.close();
      };
    } catch {
      /* not allowed, or only from a worker as on Android: the title and the chime remain */
    }
  }

  #tone(frequency, after) {
    const at = this.sound.currentTime + after;
    const [wave, gain] = [this.sound.createOscillator(), this.sound.createGain()];
    wave.frequency.value = frequency;
    gain.gain.setValueAtTime(0.15, at);
    gain.gain.exponentialRampToValueAtTime(0.001, at + 1.2);
    wave.connect(gain).connect(this.sound.destination);
    wave.start(at);
    wave.stop(at + 1.3);
  }
}
