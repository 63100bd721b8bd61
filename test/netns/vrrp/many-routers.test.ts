// Directors with as many routers or addresses as an interface can have: they settle after a return, and stop, within seconds.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, logs, processesOf, type RouterKeys, sleep, startRouters } from './hosts.ts';
import { heldBy, openSwitchedHosts, routersOf, type Shape, type SwitchedHosts } from './many-routers.ts';

const keysOf = (shape: Shape, priority: number): RouterKeys[] =>
  routersOf(shape).map(({ id, excluded, ...router }) => ({
    ...router,
    virtual_router_id: id,
    priority,
    ...(excluded.length > 0 && { excluded }),
  }));

const shapes: readonly Shape[] = [
  { name: '255 routers', interfaces: 1, routersEach: 255, addressesEach: 1 },
  { name: 'one router with 1,000 addresses', interfaces: 1, routersEach: 1, addressesEach: 1000 },
];

for (const shape of shapes)
  describe(`a pair of directors with ${shape.name}`, () => {
    const all = shape.routersEach * shape.addressesEach;
    let scene: SwitchedHosts;
    let [master, backup]: readonly Host[] = [];
    let running: ChildProcess;
    const hosts = (): readonly [Host, Host] => {
      if (master === undefined || backup === undefined) throw new Error('not opened');
      return [master, backup];
    };
    const settled = (): boolean => {
      const [first, second] = hosts();
      return heldBy(first) === all && heldBy(second) === 0;
    };

    before(async () => {
      scene = openSwitchedHosts(shape);
      [master, backup] = scene.hosts;
      const [first, second] = hosts();
      running = startRouters(first, keysOf(shape, 150));
      await until('it is master', () => heldBy(first) === all, 30_000);
      startRouters(second, keysOf(shape, 100));
      await logs(second, /the master is /, 30_000);
      await sleep(2000);
    });
    after(async () => {
      await closeHosts(scene.hosts);
      scene.close();
    });

    it('takes all over when the master falls silent, and gives all back when it is heard again', async () => {
      const [, second] = hosts();
      scene.cut(true);
      await until('the takeover', () => heldBy(second) === all, 15_000);
      await sleep(1500);
      scene.cut(false);
      // Peers heard each other within one interval, a second.
      await until('the return', settled, 10_000);
      await sleep(2000);
      assert.ok(settled());
    });

    it('stops within seconds, after the other has all', async () => {
      const [first, second] = hosts();
      running.kill('SIGTERM');
      await until('the takeover', () => heldBy(second) === all, 10_000);
      assert.equal(await ended(running), 0);
      assert.equal(heldBy(first), 0);
      await until('no process is left', () => processesOf(first.directory).length === 0);
      // Its vrrp has eight seconds, after which it is killed.
      const killed = first
        .log()
        .split('\n')
        .filter((line) => /did not stop|ended before it/.test(line));
      assert.deepEqual(killed, []);
    });
  });
