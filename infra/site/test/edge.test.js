// The waiting room behind the edge's own functions: every state and policy, for those who come new, come back, or keep
// no cookies.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { present } from '../wait/present.js';
import { Edge } from './edge.js';
import { World } from './world.js';

const { wait: t } = FOYER_TEXTS;

const minute = 60000;

// arrive opens the address in a browser, and the page again each time that it loads itself anew.
async function arrive(zone, { cookies = true, jar = {}, ms = minute } = {}) {
  const world = new World();
  const edge = new Edge(() => world.time, zone, { cookies });
  Object.assign(edge.jar, jar);
  world.answer = { status: () => edge.status() };
  const end = world.time + ms;
  let room;
  for (let loads = 0; loads < 8; loads++) {
    const address = await edge.visit();
    if (!address || address.startsWith('/foyer/')) return { world, edge, room, loads, address };
    world.cookieTried = address.includes('foyer_c');
    const before = world.count.go;
    room = world.room();
    room.start();
    await world.run(Math.max(end - world.time, 0), () => world.count.go > before);
    if (world.count.go === before) return { world, edge, room, loads: loads + 1, address };
  }
  throw new Error('the page loads itself for ever');
}

const says = (room) => present(room.m, room.serverNow(), t).head;

test('whoever comes new reads how things stand, and the page loads once', async () => {
  for (const [zone, phase] of [
    [{ s: 'closed' }, 'closed'],
    [{ p: 'reject' }, 'closed'],
    [{ s: 'closed', p: 'draw' }, 'closed'],
    [{ s: 'closed', so: 1 }, 'closed'],
    [{ s: 'paused' }, 'paused'],
    [{ s: 'scheduled', o: 0 }, 'scheduled'],
    [{ so: 1 }, 'soldout'],
    [{}, 'waiting'],
  ]) {
    const { room, world, loads } = await arrive(zone, { ms: 3000 });
    assert.equal(room.phase(), phase, JSON.stringify(zone));
    assert.equal(loads, 1, JSON.stringify(zone));
    assert.ok(world.count.status <= 2, `${JSON.stringify(zone)}: asked ${world.count.status} times`);
  }
});

test('a closed zone that opens lets in whoever came while it was closed', async () => {
  const { room, world, edge } = await arrive({ s: 'closed' }, { ms: minute });
  assert.equal(room.phase(), 'closed');
  edge.zone.s = 'open';
  await world.run(10 * minute, () => world.count.go > 0);
  assert.equal(world.count.go, 1, 'the page loads again, for a place in the line');
  const address = await edge.visit();
  assert.ok(address.includes('foyer_c'));
  assert.ok((await edge.status()).body.you);
});

test('only a browser that keeps no cookies reads that they are blocked', async () => {
  const blocked = await arrive({}, { cookies: false });
  assert.equal(blocked.room.phase(), 'cookies');
  const closed = await arrive({ s: 'closed' }, { cookies: false });
  assert.equal(closed.room.phase(), 'closed');
  assert.equal(says(closed.room), t.closed.head);
});

test('where everybody is let through, the page goes', async () => {
  const { room, address } = await arrive({ p: 'passthrough' });
  assert.equal(address, '');
  assert.equal(room, undefined);
  const world = new World();
  const edge = new Edge(() => world.time, { s: 'closed' });
  world.answer = { status: () => edge.status() };
  await edge.visit();
  const page = world.room();
  page.start();
  await world.run(1000);
  edge.zone.p = 'passthrough';
  await world.run(10 * minute, () => world.count.go > 0);
  assert.equal(world.count.go, 1);
});
