// Faults as they happen to hosts: stopped processes, cables, interfaces that go and return, a copied configuration.

import assert from 'node:assert/strict';
import { until } from '../namespaces.ts';
import { type Bridged, joinBridge, onBridge, openBridged } from './bridged.ts';
import { type Host, pidOf, processesOf, type RouterKeys, signal, sleep, startDirector } from './hosts.ts';
import { besideEachOther } from './side-by-side.ts';

/** The master down interval of priority 100 at 1 s, and a busy machine. */
const takeover = 4600;
const patience = 60_000;

const holders = ({ hosts }: Bridged): string => hosts.map((host, index) => (host.holds() ? `lb${index}` : '')).join('');

const within = async (stage: Bridged, whose: 'lb0' | 'lb1' | '', limit: number): Promise<void> =>
  until(`${whose || 'neither'} holds the address alone`, () => holders(stage) === whose, limit);

/** Looks all the time: these alone hold the address. */
const stays = async (stage: Bridged, whose: 'lb0' | 'lb1', span: number): Promise<void> => {
  const end = performance.now() + span;
  while (performance.now() < end) {
    assert.equal(holders(stage), whose);
    await sleep(20);
  }
};

/** How long both hold it at most, while something is done. */
const longestOverlap = async (stage: Bridged, action: () => Promise<void>): Promise<number> => {
  let since: number | undefined;
  let longest = 0;
  const look = setInterval(() => {
    const now = performance.now();
    if (holders(stage) !== 'lb0lb1') since = undefined;
    else {
      since ??= now;
      longest = Math.max(longest, now - since);
    }
  }, 20);
  await action();
  clearInterval(look);
  return longest;
};

const start = async (
  stage: Bridged,
  priorities: readonly [number, number] = [150, 100],
  keysOf: (host: Host) => RouterKeys = () => ({}),
): Promise<void> => {
  const [lb0, lb1] = stage.hosts;
  startDirector(lb0, priorities[0], keysOf(lb0));
  await until('lb0 is master', () => lb0.holds(), patience);
  startDirector(lb1, priorities[1], keysOf(lb1));
  await until('lb1 listens', () => /initialize -> backup/.test(lb1.log()), patience);
  await until('lb1 hears', () => /the master is/.test(lb1.log()) || lb1.holds(), patience);
};
const link = (host: Host, ...words: readonly string[]): void => void host.namespace.run('ip', 'link', 'set', ...words);
const port = ({ wire }: Bridged, index: number, to: 'up' | 'down'): void =>
  void wire.run('ip', 'link', 'set', `port${index}`, to);
const cases: Readonly<Record<string, (stage: Bridged) => Promise<void>>> = {
  'all processes of the master stop: its backup takes over, and no two have the address; it returns once they go on':
    async (stage) => {
      const [lb0] = stage.hosts;
      await start(stage);
      const pids = processesOf(lb0.directory);
      const overlap = await longestOverlap(stage, async () => {
        for (const pid of pids) signal(pid, 'SIGSTOP');
        await within(stage, 'lb1', takeover);
        await sleep(1000);
      });
      assert.ok(overlap < 100, `${overlap} ms`);
      for (const pid of pids) signal(pid, 'SIGCONT');
      const returned = await longestOverlap(stage, () => within(stage, 'lb0', 30_000));
      assert.ok(returned < 1150, `${returned} ms`);
    },
  'the controller of the master stops: nothing moves': async (stage) => {
    const [lb0] = stage.hosts;
    await start(stage);
    const others = [pidOf(lb0, 'vrrp'), pidOf(lb0, 'healthcheck')];
    const controllers = processesOf(lb0.directory).filter((pid) => !others.includes(pid));
    for (const pid of controllers) signal(pid, 'SIGSTOP');
    await stays(stage, 'lb0', 6000);
    for (const pid of controllers) signal(pid, 'SIGCONT');
    await stays(stage, 'lb0', 4000);
  },
  'the cable of the master is out, and in again': async (stage) => {
    await start(stage);
    const overlap = await longestOverlap(stage, async () => {
      port(stage, 0, 'down');
      await within(stage, 'lb1', takeover);
    });
    assert.ok(overlap < 100, `${overlap} ms`);
    port(stage, 0, 'up');
    await within(stage, 'lb0', 15_000);
  },
  'the cables of both are out: neither has the address; one has it once they are in again': async (stage) => {
    await start(stage);
    for (const index of [0, 1]) port(stage, index, 'down');
    await within(stage, '', 3000);
    await sleep(5000);
    assert.equal(holders(stage), '');
    for (const index of [0, 1]) port(stage, index, 'up');
    await within(stage, 'lb0', 15_000);
    await stays(stage, 'lb0', 3000);
  },
  'the cable carries one direction: both are master until it is whole, and one is a moment later': async (stage) => {
    const [, lb1] = stage.hosts;
    await start(stage);
    lb1.namespace.run('nft', 'add table netdev cut');
    lb1.namespace.run(
      'nft',
      'add chain netdev cut in { type filter hook ingress device enp0s9 priority 0; policy drop; }',
    );
    await until('both hold', () => holders(stage) === 'lb0lb1', 10_000);
    lb1.namespace.run('nft', 'delete table netdev cut');
    await within(stage, 'lb0', 3000);
    await stays(stage, 'lb0', 3000);
  },
  'a director is copied with its priority: the first stays; after both were master the higher address has it': async (
    stage,
  ) => {
    await start(stage, [150, 150]);
    await stays(stage, 'lb0', 6000);
    for (const [index, to] of [
      [1, 'off'],
      [0, 'off'],
    ] as const)
      stage.wire.run('bridge', 'link', 'set', 'dev', `port${index}`, 'mcast_flood', to);
    await until('both hold', () => holders(stage) === 'lb0lb1', 10_000);
    for (const index of [0, 1]) stage.wire.run('bridge', 'link', 'set', 'dev', `port${index}`, 'mcast_flood', 'on');
    await within(stage, 'lb1', 3000);
    await stays(stage, 'lb1', 4000);
  },
  'the interface of the master is renamed, and has its name again': async (stage) => {
    const [lb0] = stage.hosts;
    await start(stage);
    link(lb0, 'enp0s9', 'down');
    link(lb0, 'enp0s9', 'name', 'other0');
    link(lb0, 'other0', 'up');
    const renamed = performance.now();
    await until(
      'it has no address of a router',
      () => !/192\.168\.55\.100/.test(lb0.namespace.run('ip', '-o', 'address', 'show', 'dev', 'other0')),
      1500,
    );
    await within(stage, 'lb1', takeover - (performance.now() - renamed));
    assert.doesNotMatch(lb0.namespace.run('ip', '-o', 'address', 'show', 'dev', 'other0'), /192\.168\.55\.100/);
    link(lb0, 'other0', 'down');
    link(lb0, 'other0', 'name', 'enp0s9');
    link(lb0, 'enp0s9', 'up');
    await within(stage, 'lb0', 15_000);
  },
  'the interface of the master is removed, and another has its name': async (stage) => {
    const [lb0] = stage.hosts;
    await start(stage);
    stage.wire.run('ip', 'link', 'del', 'port0');
    await within(stage, 'lb1', takeover);
    joinBridge(stage.wire, lb0.namespace, 0);
    await within(stage, 'lb0', 15_000);
  },
  'the address is deleted by hand, a hundred times': async (stage) => {
    const [lb0] = stage.hosts;
    await start(stage);
    for (let times = 100; times > 0; times -= 1) {
      lb0.namespace.run('ip', 'address', 'del', '192.168.55.100/32', 'dev', 'enp0s9');
      await until('it is there again', () => lb0.holds(), 2000);
    }
    await stays(stage, 'lb0', 4000);
  },
  'all addresses of the interface are flushed, its own too, and its own is there again': async (stage) => {
    const [lb0] = stage.hosts;
    await start(stage);
    const overlap = await longestOverlap(stage, async () => {
      lb0.namespace.run('ip', 'address', 'flush', 'dev', 'enp0s9');
      await within(stage, 'lb1', takeover);
      await sleep(2000);
      assert.equal(holders(stage), 'lb1');
      lb0.namespace.run('ip', 'address', 'add', '192.168.55.11/24', 'dev', 'enp0s9');
      await within(stage, 'lb0', 15_000);
    });
    assert.ok(overlap < 1150, `${overlap} ms`);
  },
  'the MAC of the interface is another: the address stays, and neighbours learn it': async (stage) => {
    const [lb0] = stage.hosts;
    await start(stage);
    stage.wire.run('ping', '-c', '1', '-W', '1', '192.168.55.100');
    link(lb0, 'enp0s9', 'address', '52:54:00:99:99:99');
    const knows = () => /52:54:00:99:99:99/.test(stage.wire.run('ip', 'neighbour', 'show', '192.168.55.100'));
    await until('the neighbour knows the new one', knows, 3000);
    await stays(stage, 'lb0', 5000);
  },
  'the cable flaps for ten seconds: one holds the address afterwards, and none in vain before': async (stage) => {
    await start(stage);
    const overlap = await longestOverlap(stage, async () => {
      for (let times = 20; times > 0; times -= 1) {
        port(stage, 0, 'down');
        await sleep(250);
        port(stage, 0, 'up');
        await sleep(250);
      }
      await within(stage, 'lb0', 15_000);
    });
    assert.ok(overlap < 1150, `${overlap} ms`);
    await stays(stage, 'lb0', 3000);
  },
};

describe('a fault of a host', function () {
  this.timeout(240_000);
  besideEachOther(
    Object.fromEntries(Object.entries(cases).map(([name, test]) => [name, () => onBridge(openBridged(), test)])),
  );
});
