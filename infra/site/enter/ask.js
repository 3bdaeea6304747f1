// Asks the admitter to let the visitor in, as often as it takes. It owns no clock, network or screen: `env` gives them.
//
// env: random() · wait(ms), a promise · enter(), a promise of an answer · inside(answer), keeps it for the pages inside ·
//      load(), loads the address again · room(), shows the waiting room there · say(word), shows why it takes long

import { verdict } from '../shared/api.js';
import { backoff } from '../wait/poll.js';

const second = 1000;

export async function ask(env) {
  for (let tries = 0; ; tries++) {
    const answer = await env.enter();
    const word = verdict(answer);
    if (word === 'ok' && answer.body.state === 'inside') {
      env.inside(answer.body);
      return env.load();
    }
    if (word === 'again' || word === 'ended') return env.load(); // the next request arrives anew
    if (word !== 'busy' && word !== 'ok') return env.room();
    env.say(answer.body.code === 'elsewhere' ? 'elsewhere' : tries > 1 ? 'busy' : 'loading');
    await env.wait(answer.retryAfter ? answer.retryAfter + second * env.random() : backoff(tries, env.random, 15 * second));
  }
}
