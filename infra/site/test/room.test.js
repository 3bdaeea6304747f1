import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextPoll } from '../wait/poll.js';
import { World } from './world.js';

const minute = 60000;

async function evening(options, ms = 30 * minute, each = () => {}) {
  const world = new World(options);
  const room = world.room();
  each(world, room);
  room.start();
  await world.run(ms, () => world.count.go > 0);
  return { world, room };
}

test('a visitor with a socket waits, is called over it, and is inside', async () => {
  const { world } = await evening({ ahead: 60 }, 5 * minute, (w) => w.after(61000, () => w.turn()));
  assert.equal(world.count.go, 1);
  assert.equal(world.count.register, 0, 'the socket registers');
  assert.equal(world.count.enter, 1);
  assert.ok(world.insideAt.at - world.turnAt < 200, 'goes in at once');
  assert.deepEqual(world.phases, ['loading', 'waiting', 'turn', 'entering'].filter((p) => world.phases.includes(p)));
  assert.ok(world.told.includes('inside'));
});

test('where sockets are blocked, HTTP registers and the status tells the turn', async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { world } = await evening({ ahead: 200, rate: 60, sockets: false, seed }, 10 * minute);
    assert.equal(world.count.go, 1);
    assert.equal(world.count.register, 1);
    const late = world.insideAt.at - world.start - ((world.ahead + 1) / world.rate) * minute;
    assert.ok(late < 15000, `seed ${seed}: in ${late} ms after the turn`);
  }
});

test('a socket that never answers does not hold the place back: HTTP registers after 4 s', async () => {
  const world = new World({ silent: true });
  const room = world.room();
  room.start();
  await world.run(3900);
  assert.equal(world.count.register, 0);
  await world.run(500);
  assert.equal(world.count.register, 1);
});

test('a socket that is refused registers over HTTP at once', async () => {
  const world = new World({ sockets: false });
  const room = world.room();
  room.start();
  await world.run(1500);
  assert.equal(world.count.register, 1);
});

test('a twenty-minute wait costs at most 25 status requests', async () => {
  for (const sockets of [true, false]) {
    for (const rate of [60, 600]) {
      let worst = 0;
      for (let seed = 1; seed <= 40; seed++) {
        const { world } = await evening({ ahead: 20 * rate, rate, sockets, seed }, 25 * minute, (w) => {
          w.after(20 * minute + 1500, () => w.turn());
        });
        assert.equal(world.count.go, 1);
        worst = Math.max(worst, world.count.status);
      }
      assert.ok(worst <= 25, `sockets ${sockets}, rate ${rate}: ${worst} requests`);
    }
  }
});

test('whatever an operator changes is asked for within a minute, within the budget of polls', async () => {
  const hour = 60 * minute;
  for (const [name, options, ms, change] of [
    ['far', { ahead: 200000, rate: 600 }, hour],
    ['far, where sockets are blocked', { ahead: 12000, rate: 600, sockets: false }, 25 * minute],
    ['far, and nobody looks', { ahead: 200000, rate: 600, visible: false }, hour],
    ['far, and nobody moves', { ahead: 30000, rate: 0.5 }, hour],
    ['far, and the rate promises too much', { ahead: 40000, rate: 18 }, hour, { rate: { low: 9000, high: 10000 } }],
    ['near', { ahead: 4000, rate: 200 }, 20 * minute],
    ['near, and nobody looks', { ahead: 400, rate: 20, visible: false }, 20 * minute],
    ['paused', {}, hour, { state: 'paused' }],
    ['closed', {}, hour, { state: 'closed' }],
    ['sold out', {}, hour, { soldOut: true }],
    ['hours early', {}, 3 * hour, { state: 'scheduled', opensAt: 1.75e12 + 5 * hour }],
  ]) {
    for (let seed = 1; seed <= 10; seed++) {
      const { world } = await evening({ ...options, seed }, ms, (w) => Object.assign(w.state, change));
      const gaps = world.polls.slice(1).map((at, i) => at - world.polls[i]);
      assert.ok(Math.max(...gaps) + world.latency < minute, `${name}: silent for ${Math.max(...gaps)} ms`);
      for (const from of world.polls) {
        const polls = world.polls.filter((at) => at >= from && at < from + 20 * minute).length;
        assert.ok(polls <= 25, `${name}: ${polls} polls in twenty minutes`);
      }
    }
  }
});

test('what is pushed shows at once, and no older answer undoes it', async () => {
  const { world, room } = await evening({ ahead: 3000, rate: 60 }, 20000);
  const asked = world.count.status;
  world.push({ version: 7, state: 'paused', soldOut: false, event: 3, told: { version: 3 } });
  assert.equal(room.phase(), 'paused');
  assert.equal(room.m.status.event, 3);
  assert.equal(room.m.status.waiting > 0 && room.m.kept.ahead > 0, true, 'all else stays');
  world.push({ version: 6, state: 'open', soldOut: false }); // of an earlier change: two were told at the same time
  assert.equal(room.phase(), 'paused');
  await world.run(19000); // the edge still says open: its copies are replaced one after the other
  assert.equal(room.phase(), 'paused');
  assert.equal(world.count.status, asked, 'nobody is asked');
  world.state.state = 'paused';
  await world.run(15000);
  assert.equal(world.count.status, asked + 1, 'and then the edge is');
  assert.equal(room.phase(), 'paused');
  world.push({ version: 8, state: 'open', soldOut: false });
  assert.equal(room.phase(), 'waiting');
});

test('an answer that was under way when something was pushed is not taken', async () => {
  const { world, room } = await evening({ ahead: 3000, rate: 60 }, 20000);
  room.poll();
  await world.run(10);
  world.push({ version: 7, state: 'paused', soldOut: false });
  await world.run(1000);
  assert.equal(room.phase(), 'paused');
});

test('who is told only that something changed asks soon', async () => {
  const { world } = await evening({ ahead: 3000, rate: 60 }, 20000);
  const asked = world.count.status;
  world.state.policy = 'passthrough';
  world.push({ version: 7 });
  await world.run(2100);
  assert.equal(world.count.status, asked + 1);
  assert.equal(world.count.go, 1);
});

test('what is pushed before anything is known is dropped', async () => {
  const world = new World({ down: true });
  const room = world.room();
  room.start();
  room.line.on.message({ type: 'status', version: 1, state: 'paused' });
  assert.equal(room.phase(), 'loading');
});

test('twenty minutes of standing still stay within the budget, and keep an eye on the line', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { world } = await evening({ ahead: 30, rate: 0.5, seed }, 20 * minute);
    assert.ok(world.count.status <= 25, `${world.count.status} requests`);
    assert.ok(world.count.status >= 8, `${world.count.status} requests`);
  }
});

test('a rate that promises too much does not break the budget', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { world } = await evening({ ahead: 400, rate: 18, seed }, 20 * minute, (w) => (w.state.rate = { low: 900, high: 1000 }));
    assert.ok(world.count.status <= 25, `${world.count.status} requests`);
    const gaps = world.polls.slice(1).map((at, i) => at - world.polls[i]);
    assert.ok(Math.max(...gaps) < 3 * minute, `silent for ${Math.max(...gaps)} ms`);
  }
});

test('pages do not ask in step', async () => {
  const seconds = {};
  for (let seed = 1; seed <= 300; seed++) {
    const { world } = await evening({ ahead: 6000, rate: 300, seed: seed * 77 }, 4 * minute);
    for (const at of world.polls.slice(1)) {
      const second = Math.floor((at - world.start) / 1000);
      seconds[second] = (seconds[second] || 0) + 1;
    }
  }
  const peak = Math.max(...Object.values(seconds));
  assert.ok(peak < 30, `${peak} of 300 pages in one second`);
});

test('at the opening, pages spread over seconds', async () => {
  const asked = [];
  for (let seed = 1; seed <= 200; seed++) {
    const world = new World({ seed: seed * 31 });
    world.state = { ...world.state, state: 'scheduled', opensAt: world.time + 1234 + 3 * minute };
    const room = world.room();
    room.start();
    await world.run(4 * minute);
    asked.push(world.polls.find((at) => at >= world.start + 3 * minute) - world.start - 3 * minute);
  }
  asked.sort((a, b) => a - b);
  assert.ok(asked[0] >= 0 && asked[199] < 25000, `from ${asked[0]} to ${asked[199]}`);
  for (let i = 0; i + 40 < 200; i++) assert.ok(asked[i + 40] - asked[i] > 700, 'a fifth of the pages within 0.7 s');
});

test('after a lost server, sockets come back spread, and every page gets one', async () => {
  const back = [];
  for (let seed = 1; seed <= 100; seed++) {
    const world = new World({ seed: seed * 13 });
    const room = world.room();
    room.start();
    await world.run(20000);
    world.cut();
    const from = world.time;
    await world.run(30000, () => world.open.length > 0);
    assert.equal(world.open.length, 1);
    back.push(world.time - from);
  }
  back.sort((a, b) => a - b);
  assert.ok(back[90] - back[10] > 3000, `four fifths within ${back[90] - back[10]} ms`);
  assert.ok(back[50] > 1500 && back[99] < 15000, `median ${back[50]}, last ${back[99]}`);
});

test('the place never moves backwards, not even through a reload', async () => {
  const { world } = await evening({ ahead: 500, rate: 100 }, 3 * minute, (w) => {
    w.after(90000, () => (w.ahead += 300)); // three hundred invited people come in ahead
  });
  world.places = world.places.concat();
  const again = world.room();
  again.start();
  await world.run(2 * minute);
  for (let i = 1; i < world.places.length; i++) assert.ok(world.places[i] <= world.places[i - 1], String(world.places));
  assert.ok(new Set(world.places).size > 3);
});

test('a missed turn registers again and is first in line', async () => {
  const { world, room } = await evening({ ahead: 5, rate: 60, sockets: false }, 0, (w) => {
    w.answers.enter = [{ status: 409, body: { code: 'missed' } }, { status: 409, body: { code: 'missed' } }];
  });
  await world.run(minute, () => room.m.missed && room.m.registered);
  assert.equal(room.m.missed, true);
  assert.equal(room.phase(), 'waiting');
  assert.equal(room.m.ahead, 0);
  await world.run(minute, () => world.count.go > 0);
  assert.equal(world.count.go, 1, 'goes in on its next turn');
  assert.ok(world.count.register >= 2);
});

test('who misses a turn that came early is first in line all the same', async () => {
  const { world, room } = await evening({ ahead: 600 }, 0, (w) => {
    w.answers.enter = [{ status: 409, body: { code: 'missed' } }];
    w.after(20000, () => w.turn());
  });
  await world.run(minute, () => room.m.missed && room.m.registered);
  await world.run(50);
  assert.equal(room.m.ahead, 0);
});

test('who missed a turn opens the socket anew, since the miss took the place with the old one', async () => {
  const { world, room } = await evening({ ahead: 600 }, 0, (w) => {
    w.answers.enter = [{ status: 409, body: { code: 'missed' } }];
    w.after(20000, () => w.turn());
  });
  await world.run(minute, () => room.m.missed);
  await world.run(2000);
  assert.equal(world.count.socket, 2);
  assert.equal(world.open.length, 1, 'and closes the old one');
  assert.equal(room.m.live, true);
  world.turn();
  await world.run(5000);
  assert.equal(world.count.go, 1);
});

test('who missed a turn and has no socket asks every few seconds, even while no pace is known', () => {
  const at = { phase: 'waiting', wait: null, live: false, hidden: false, opensIn: Infinity, polls: [], stall: 9, trouble: 0 };
  assert.equal(nextPoll({ ...at, urgent: true }, 0, () => 0.5), 5000);
  assert.ok(nextPoll({ ...at, urgent: false }, 0, () => 0.5) > 30000);
});

test('nobody is taken in behind their back: a hidden page waits to be seen', async () => {
  const { world, room } = await evening({ ahead: 60, visible: false }, 90000, (w) => w.after(61000, () => w.turn()));
  assert.equal(world.count.enter, 0);
  assert.equal(room.phase(), 'turn');
  world.visible = true;
  room.wake();
  await world.run(5000);
  assert.equal(world.count.go, 1);
});

test('a hidden page whose window passes says so, and goes in when it is back', async () => {
  const { world, room } = await evening({ ahead: 60, visible: false, window: 20000 }, 2 * minute, (w) => w.after(61000, () => w.turn()));
  assert.equal(room.phase(), 'late');
  world.visible = true;
  room.wake();
  await world.run(5000);
  assert.equal(world.count.go, 1, 'a late claim works until the miss is written');
});

test('who comes back late in a crowd of ghosts is sent to the front, and goes in when called anew', async () => {
  for (const again of [30, 1500]) {
    // The new turn may be told before the answer to the old one is.
    const { world, room } = await evening({ ahead: 6000, visible: false }, 90000, (w) => w.after(61000, () => w.turn()));
    world.answers.enter = [{ status: 409, body: { code: 'not_called' } }];
    world.visible = true;
    room.wake();
    world.after(again, () => world.turn());
    await world.run(5000);
    assert.equal(world.count.enter, 2);
    assert.equal(world.count.go, 1);
  }
});

test('who is sent back to the front asks again soon, so that word which comes late keeps nobody out for ever', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const world = new World({ ahead: 60, seed });
    let called = world.start + 61000;
    const word = () => world.after(8000, () => world.turn()); // longer than the crowd lets a turn stand
    world.after(61000, word);
    Object.defineProperty(world.answers, 'enter', {
      get() {
        if (world.time < called) return [{ status: 409, body: { code: 'not_called' }, retryAfter: 2000 }];
        if (world.time - called < 6000) return [{ status: 200, body: { state: 'inside', ref: '7.3', endsIn: 600, renewIn: 90 } }];
        called = world.time + 1000;
        world.after(1000, word);
        return [{ status: 409, body: { code: 'not_called' }, retryAfter: 2000 }];
      },
    });
    world.room().start();
    await world.run(61000 + 25000, () => world.count.go > 0);
    assert.equal(world.count.go, 1, `seed ${seed}: still outside after ${world.count.enter} tries`);
  }
});

test('one tab tells the others', async () => {
  const { world } = await evening({ ahead: 60 }, 62000, (w) => w.after(61000, () => w.turn()));
  assert.deepEqual(world.told[0], { ref: '7.3', until: world.turnAt + 1234 + world.window });
  const other = new World({ ahead: 60, visible: true });
  const room = other.room();
  room.start();
  await other.run(1000);
  other.turnAt = other.time;
  room.told(world.told[0]);
  await other.run(2000);
  assert.equal(other.count.go, 1);
});

test('who leaves has left in every tab, and asks nothing more', async () => {
  const world = new World();
  const room = world.room();
  room.start();
  await world.run(5000);
  await Promise.all([room.leave(), world.run(1000)]);
  assert.equal(room.phase(), 'left');
  assert.deepEqual(world.told, ['left']);
  const before = { ...world.count };
  await world.run(30 * minute);
  assert.deepEqual({ ...world.count }, before);
  assert.equal(world.open.length, 0);
});

test('what ends a visit, ends the page', async () => {
  for (const [status, code, phase] of [[410, 'ended', 'ended'], [403, 'forbidden', 'refused'], [404, 'unknown_zone', 'unknown']]) {
    const { room } = await evening({ ahead: 2, rate: 60, sockets: false }, 20000, (w) => (w.answers.enter = [{ status, body: { code } }]));
    assert.equal(room.phase(), phase);
  }
});

test('who registers after the visit has ended is told so, and begins anew without giving up an older place', async () => {
  const { world, room } = await evening({ ahead: 2, rate: 60, sockets: false }, 20000,
    (w) => (w.answers.register = [{ status: 410, body: { code: 'ended' } }]));
  assert.equal(room.phase(), 'ended');
  room.anew();
  assert.equal(world.count.go, 1);
  assert.equal(world.count.leave, 0);
});

test('an expired token reloads the page, and never in circles', async () => {
  const { world } = await evening({ sockets: false }, 20000, (w) => (w.answers.register = [{ status: 401, body: {} }]));
  assert.equal(world.count.go, 1);
  for (let i = 0; i < 6; i++) {
    world.answers.register = [{ status: 401, body: {} }];
    world.room().start();
    await world.run(9000);
  }
  assert.equal(world.count.go, 3);
});

test('a browser that keeps no cookies is told so', async () => {
  const { world, room } = await evening({ stranger: true, cookieTried: true }, 5000);
  assert.equal(room.phase(), 'cookies');
  assert.equal(world.count.go, 0);
  const first = await evening({ stranger: true }, 5000);
  assert.equal(first.world.count.go, 1, 'the edge gets one chance to set it');
});

test('when the server is down, the page keeps its place and finds back', async () => {
  const { world, room } = await evening({ ahead: 600 }, minute);
  const place = room.m.ahead;
  world.down = true;
  world.cut();
  const asked = world.count.status;
  await world.run(5 * minute);
  assert.equal(room.phase(), 'waiting');
  assert.equal(room.m.ahead, place);
  assert.ok(world.count.status - asked < 20, `${world.count.status - asked} requests into a dead server`);
  world.down = false;
  await world.run(2 * minute);
  assert.equal(room.m.trouble, 0);
  assert.equal(world.open.length, 1);
  assert.ok(room.m.ahead < place);
});

test('a busy admitter is asked again within the window', async () => {
  const busy = { status: 503, body: { code: 'busy' }, retryAfter: 1000 };
  const { world } = await evening({ ahead: 60 }, 2 * minute, (w) => {
    w.answers.enter = [busy, { ...busy, status: 429, retryAfter: 0 }, busy];
    w.after(61000, () => w.turn());
  });
  assert.equal(world.count.go, 1);
  assert.ok(world.insideAt.at - world.turnAt < 25000, `${world.insideAt.at - world.turnAt} ms`);
});

test('sockets are pinged, replaced before two hours, and dead ones are noticed', async () => {
  const world = new World({ ahead: 1e6, rate: 100 });
  const room = world.room();
  room.start();
  await world.run(119 * minute);
  assert.ok(world.count.frames.length >= 18, `${world.count.frames.length} pings`);
  assert.equal(world.count.socket, 2, 'replaced once');
  assert.equal(world.open.length, 1);
  world.deaf = true;
  const dead = world.open[0];
  room.wake();
  await world.run(9000);
  assert.ok(dead.dead, 'no pong: dropped');
  world.deaf = false;
  await world.run(15000);
  assert.equal(world.open.length, 1);
});

test('direct entry is taken as soon as there is room', async () => {
  const { world } = await evening({ ahead: 5000, rate: 1 }, 20000, (w) => {
    w.state.direct = true;
    w.turnAt = 1;
  });
  assert.equal(world.count.go, 1);
  assert.equal(world.count.status, 1);
});

test('direct entry through a busy admitter still succeeds', async () => {
  const { world } = await evening({ ahead: 5000, rate: 1 }, 15000, (w) => {
    w.state.direct = true;
    w.turnAt = 1;
    w.answers.enter = [{ status: 503, body: {}, retryAfter: 1000 }, { status: 503, body: {}, retryAfter: 1000 }];
  });
  assert.equal(world.count.go, 1);
});

test('who waits while the zone is closed hears of its reopening at once, over the socket that is there', async () => {
  const { world, room } = await evening({ ahead: 30000, rate: 60 }, 20000);
  const closes = (version) => {
    world.state.state = 'closed';
    world.push({ version, state: 'closed', soldOut: false });
    assert.equal(room.phase(), 'closed');
  };
  closes(7);
  await world.run(30 * minute);
  assert.deepEqual([world.open.length, world.count.socket], [1, 1], 'the socket is kept');
  assert.ok(world.count.frames.length >= 5, 'and kept alive');
  world.push({ version: 8, state: 'open', soldOut: false });
  assert.equal(room.phase(), 'waiting');
  assert.deepEqual([world.open.length, world.count.socket, world.count.register], [1, 1, 0], 'and the place with it');
  world.state.state = 'open';
  await world.run(minute);
  closes(9);
  await world.run(130 * minute);
  assert.deepEqual([world.open.length, world.count.socket], [1, 1], 'one that grows old is not replaced');
  world.cut();
  await world.run(30 * minute);
  assert.deepEqual([world.open.length, world.count.socket], [0, 1], 'nor one that is lost');
  world.state.state = 'open';
  await world.run(2 * minute);
  assert.deepEqual([room.phase(), world.open.length, world.count.socket], ['waiting', 1, 2], 'until the zone opens again');
  room.told('left');
  assert.equal(world.open.length, 0);
});

test('closed, paused and sold out are waited out in their own way', async () => {
  const closed = await evening({}, 20 * minute, (w) => (w.state.state = 'closed'));
  assert.equal(closed.room.phase(), 'closed');
  assert.equal(closed.world.count.socket + closed.world.count.register, 0, 'no place in a closed line');
  const paused = await evening({}, 20 * minute, (w) => (w.state.state = 'paused'));
  assert.equal(paused.room.phase(), 'paused');
  const gone = await evening({}, 20 * minute, (w) => (w.state.soldOut = true));
  assert.equal(gone.room.phase(), 'soldout');
  for (const { world } of [closed, paused, gone]) assert.ok(world.count.status <= 25, `${world.count.status} requests`);
});

test('who registered after the draw over a socket asks for the lane', async () => {
  const { world, room } = await evening({ ahead: 50 }, minute, (w) => {
    w.state = { ...w.state, policy: 'draw', opensAt: w.time + 1234 - 5 * minute, draw: { commitment: 'c0', seed: 'aa' } };
    w.arrivedAt -= 10 * minute;
  });
  assert.equal(world.count.register, 1);
  assert.equal(room.m.known.lane, 0);
});
