// What another hand has changed is found and put right: by the listing in one pass, and what it lacks within ten seconds.

import assert from 'node:assert/strict';
import { nameService } from '../../../../controller/ipvs/named-service.ts';
import { ip } from '../../../../net/ip-address.ts';
import { openWorld, rows } from './played-turns.ts';
import { serverConfig, serviceConfig } from './services.ts';

describe('passes over the services', () => {
  it('look at all again when one service was removed by another hand', () => {
    const { ipvs, turns, finish } = openWorld([[0], [0], [0]]);
    finish();
    const all = rows(ipvs.table);
    ipvs.table.services.clear();
    ipvs.table.destinations.clear();
    turns.pass();
    finish();
    assert.deepEqual(rows(ipvs.table), all);
  });

  it('read what is listed otherwise than it was left, and nothing else', () => {
    const { ipvs, turns, finish, wait } = openWorld([[0, 1], [0], [0]]);
    const pass = () => {
      wait(1000);
      turns.pass();
      finish();
    };
    finish();
    pass();
    pass();
    const before = ipvs.reads();
    ipvs.setConnections(7);
    pass();
    const round = ipvs.reads() - before;
    const key = 'tcp 10.0.0.1:80 -> 10.1.1.0:80';
    const left = ipvs.table.destinations.get(key);
    assert.ok(left);
    ipvs.table.destinations.set(key, { ...left, weight: 3 });
    pass();
    assert.equal(ipvs.table.destinations.get(key)?.weight, left.weight);
    assert.ok(ipvs.reads() - before <= 2 * round + 1);
  });

  it('see what is removed a second time before the next look', () => {
    const { ipvs, turns, finish, wait } = openWorld([[0]]);
    finish();
    const all = rows(ipvs.table);
    ipvs.table.destinations.clear();
    turns.pass();
    finish();
    assert.deepEqual(rows(ipvs.table), all);
    ipvs.table.destinations.clear();
    wait(1000);
    turns.pass();
    finish();
    assert.deepEqual(rows(ipvs.table), all);
  });

  it('see what is changed back after it was written, before the next look', () => {
    const { ipvs, turns, standings, finish, wait } = openWorld([[0, 1]]);
    finish();
    wait(1000);
    turns.pass();
    finish();
    const before = [...ipvs.table.destinations];
    standings.set('s0r0', { health: 'down', drained: false });
    turns.mark(['s0']);
    finish();
    const written = rows(ipvs.table);
    ipvs.table.destinations.clear();
    for (const [key, state] of before) ipvs.table.destinations.set(key, state);
    wait(1000);
    turns.pass();
    finish();
    assert.deepEqual(rows(ipvs.table), written);
  });

  /** More services than are read again in one pass. */
  const many = Array.from({ length: 600 }, (_, index) =>
    serviceConfig({
      name: `m${index}`,
      matches: [{ address: ip(`10.2.${index >> 8}.${index & 255}`), port: 80 }],
      realServers: [
        serverConfig({ name: `r${index}`, endpoint: { address: ip(`10.3.${index >> 8}.${index & 255}`), port: 80 } }),
      ],
    }),
  );
  const openMany = (isListing = true) => {
    const world = openWorld([], undefined, isListing);
    world.turns.configure(many.map(nameService));
    const pass = () => {
      world.wait(1000);
      world.turns.pass();
      world.finish();
    };
    return { ...world, pass };
  };

  for (const isListing of [true, false])
    it(`have all back in one pass after everything was removed by another hand, ${isListing ? 'with' : 'without'} a listing`, () => {
      const { ipvs, finish, pass } = openMany(isListing);
      finish();
      pass();
      ipvs.table.services.clear();
      ipvs.table.destinations.clear();
      pass();
      assert.equal(ipvs.table.destinations.size, many.length);
    });

  it('see in one pass what was changed in any of many services', () => {
    const { ipvs, finish, pass } = openMany();
    finish();
    pass();
    pass();
    for (const [key, entry] of ipvs.table.destinations) ipvs.table.destinations.set(key, { ...entry, weight: 7 });
    pass();
    assert.ok([...ipvs.table.destinations.values()].every(({ weight }) => weight === 100));
  });

  it('put right within ten seconds what the listing does not show, in any of many services, and read nothing at rest', () => {
    const { ipvs, turns, finish, wait } = openMany();
    const passes = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        wait(500);
        turns.pass();
        finish();
      }
    };
    finish();
    passes(60);
    const before = ipvs.reads();
    passes(60);
    assert.equal(ipvs.reads(), before);
    const keys = [...ipvs.table.destinations.keys()];
    for (const key of [keys[0], keys[299], keys.at(-1)]) {
      const entry = ipvs.table.destinations.get(key ?? '');
      assert.ok(key !== undefined && entry);
      ipvs.table.destinations.set(key, { ...entry, upperThreshold: 7 });
    }
    passes(20);
    assert.ok([...ipvs.table.destinations.values()].every(({ upperThreshold = 0 }) => upperThreshold === 0));
    // The three, and once more for what they were put right to.
    passes(40);
    assert.equal(ipvs.reads(), before + 6);
  });

  it('try all again in the next pass that the kernel has refused', () => {
    const { ipvs, finish, pass, log } = openMany();
    ipvs.refuse(true);
    finish();
    assert.ok(log.some((line) => /ENOMEM/.test(line)));
    ipvs.refuse(false);
    pass();
    assert.equal(ipvs.table.destinations.size, many.length);
  });
});
