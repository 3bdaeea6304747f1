// The sample event: shows how long the session lasts, and lets the visitor stay or leave. inside.js does the rest.

const left = document.getElementById('left');

function clock(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0');
}

// night is the date of a later night: the demo's next sale is /z/night-2/, and so on.
function night(n) {
  return new Date(Date.UTC(2027, 5, 18 + n)).toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
}

let gone = false;

function tick() {
  const seconds = window.foyer ? window.foyer.endsIn : 0;
  if (seconds && !gone) left.textContent = clock(1000 * seconds) + ' left of your visit.';
}

document.getElementById('renew').onclick = () => window.foyer.renew();
document.getElementById('leave').onclick = () => window.foyer.leave();
addEventListener('foyer:left', () => {
  gone = true;
  left.textContent = 'You gave your place back. Thank you.';
  for (const button of document.querySelectorAll('button')) button.hidden = true;
});
const [, n] = /^\/z\/night-(\d+)(?:\/|$)/.exec(location.pathname) || [];
if (n) document.getElementById('date').textContent = night(Number(n));
setInterval(tick, 1000);
tick();
