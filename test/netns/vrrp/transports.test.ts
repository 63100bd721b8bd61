// Two directors over every kind of socket: one is master, a packet from beyond a router is counted by name, and a pair moves to unicast.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askDirector } from '../../../controller/control-client.ts';
import { sendFromAfar } from '../far-sender.ts';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, type RouterKeys, sleep, startDirector } from './hosts.ts';
import { longestOverlap, mastersSince, reignsOf, type Watch, watchMasters } from './masters.ts';

type Status = {
  readonly routers: readonly { readonly state: string; readonly dropped: Readonly<Record<string, number>> }[];
};

const askStatus = async (host: Host): Promise<Status> =>
  (await askDirector(join(host.directory, 'control.sock'), 'GET', '/v1/status')) as Status;

type Transport = {
  readonly name: string;
  readonly sources: readonly [string, string];
  readonly group: string;
  readonly address: string;
  readonly keys: (own: string, peer: string) => RouterKeys;
};

const ipv4 = {
  sources: ['192.168.55.11', '192.168.55.12'],
  group: '224.0.0.18',
  address: '192.168.55.100/32',
} as const;
const ipv6 = { sources: ['fe80::11', 'fe80::12'], group: 'ff02::12', address: 'fe80::100/64' } as const;
const toPeer = (source: string, peer: string): RouterKeys => ({ source, peers: [peer] });
const transports: readonly Transport[] = [
  { name: 'IPv4, to the group', ...ipv4, keys: () => ({}) },
  { name: 'IPv4, from host to host', ...ipv4, keys: toPeer },
  { name: 'IPv6, to the group', ...ipv6, keys: (source) => ({ source }) },
  { name: 'IPv6, from host to host', ...ipv6, keys: toPeer },
];

describe('two directors speak', function () {
  this.timeout(90_000);
  let hosts: readonly [Host, Host];
  let watch: Watch;
  const showAddresses = (host: Host): string =>
    host.namespace.run('ip', '-oneline', 'address', 'show', 'dev', 'enp0s9');

  beforeEach(async () => {
    hosts = openHosts();
    for (const [index, host] of hosts.entries())
      host.namespace.run('ip', 'address', 'add', `fe80::1${index + 1}/64`, 'dev', 'enp0s9', 'nodad');
    watch = await watchMasters(hosts[0].namespace, 'enp0s9');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(hosts.map((host) => host.log()).join('\n'));
    await watch.stop();
    await closeHosts();
  });
  const isAlone = (source: string): boolean => {
    const since = Date.now() - 1500;
    const recent = watch.sightings().filter(({ at }) => at >= since);
    return recent.length >= 2 && mastersSince(recent, since).join() === source;
  };
  const settle = (source: string) => until(`${source} is the only master`, () => isAlone(source), 30_000);

  for (const { name, sources, group, address, keys } of transports)
    it(`over ${name}: one is master, a TTL of 254 is counted by name, and the other takes over`, async () => {
      const [left, right] = hosts;
      const common = { addresses: [address], advertisement_interval: '500ms' };
      const director = startDirector(left, 150, { ...keys(...sources), ...common });
      await settle(sources[0]);
      startDirector(right, 100, { ...keys(sources[1], sources[0]), ...common });
      await until('the backup hears it', () => right.log().includes(`the master is ${sources[0]}`), 30_000);

      const destination = keys(...sources).peers === undefined ? group : sources[1];
      // Of the same router, and of a higher priority than either.
      const advertisement = Buffer.from('3133fe0000640000', 'hex');
      for (let count = 0; count < 3; count += 1)
        sendFromAfar(left.namespace, 'enp0s9', 254, advertisement, { source: sources[0], destination });
      let status: Status | undefined;
      for (let turn = 0; turn < 50 && status?.routers[0]?.dropped.ttl !== 3; turn += 1) {
        await sleep(100);
        status = await askStatus(right);
      }
      assert.deepEqual([status?.routers[0]?.state, status?.routers[0]?.dropped], ['backup', { ttl: 3 }]);

      const holders = hosts.map((host) => showAddresses(host).includes(` ${address} `));
      assert.deepEqual(holders, [true, false]);
      if (address.includes(':')) {
        const entry = showAddresses(left)
          .split('\n')
          .find((line) => line.includes(` ${address} `));
        assert.match(entry ?? '', / nodad /);
        assert.match(entry ?? '', /valid_lft \dsec/);
      }
      director.kill('SIGTERM');
      await ended(director, 15_000);
      await settle(sources[1]);
      assert.equal(showAddresses(right).includes(` ${address} `), true);
      assert.ok(longestOverlap(reignsOf(watch.sightings())) <= 600);
    });

  it('to the group, then to both, then from host to host, and never two are master', async () => {
    const [left, right] = hosts;
    const [one, other] = ipv4.sources;
    const stages: readonly ((source: string, peer: string) => RouterKeys)[] = [
      () => ({}),
      (source, peer) => ({ source, peers: [peer], multicast: true }),
      toPeer,
    ];
    const running = new Map<Host, ChildProcess>();
    const configure = async (host: Host, priority: number, keys: RouterKeys): Promise<void> => {
      const before = running.get(host);
      before?.kill('SIGTERM');
      if (before !== undefined) await ended(before, 15_000);
      running.set(host, startDirector(host, priority, { ...keys, advertisement_interval: '500ms' }));
    };
    for (const [stage, keys] of stages.entries()) {
      // The backup moves first: what it hears then is what its master still says.
      await configure(right, 100, keys(other, one));
      if (stage > 0) {
        await sleep(3000);
        assert.deepEqual(mastersSince(watch.sightings(), Date.now() - 2500), [one]);
      }
      await configure(left, 150, keys(one, other));
      await sleep(2000);
      await settle(one);
    }
    assert.ok(longestOverlap(reignsOf(watch.sightings())) <= 600, JSON.stringify(reignsOf(watch.sightings())));
    assert.deepEqual(
      hosts.map((host) => host.holds()),
      [true, false],
    );
  });

  it('with signatures: the keys are changed while both run, and a router without them waits', async () => {
    const [left, right] = hosts;
    const secret = (letter: string): string => letter.repeat(40);
    const fileOf = (host: Host): string => join(host.directory, 'vrrp.keys');
    const write = (host: Host, text: string): void => writeFileSync(fileOf(host), text, { mode: 0o600 });
    const keysOf = (host: Host): RouterKeys => ({
      advertisement_interval: '500ms',
      authentication: { type: 'hmac', key_file: fileOf(host) },
    });
    write(left, `1 ${secret('a')}\n`);
    write(right, `1 ${secret('a')}\n`);
    chmodSync(fileOf(right), 0o644);
    startDirector(left, 150, keysOf(left));
    startDirector(right, 100, keysOf(right));
    await settle(ipv4.sources[0]);
    await until('the other says what it waits for', () => /its mode is 0644.*chmod 600/.test(right.log()), 15_000);
    chmodSync(fileOf(right), 0o600);
    await until('the other hears the master', () => right.log().includes(`the master is ${ipv4.sources[0]}`), 15_000);

    const rotated = Date.now();
    for (const [host, text] of [
      [right, `1 ${secret('a')}\n2 ${secret('b')}\n`],
      [left, `2 ${secret('b')}\n1 ${secret('a')}\n`],
      [right, `2 ${secret('b')}\n`],
      [left, `2 ${secret('b')}\n`],
    ] as const) {
      const count = (): number => host.log().split('keys of').length;
      const before = count();
      write(host, text);
      await until('the keys are read', () => count() > before, 15_000);
    }
    await sleep(2000);
    assert.deepEqual(mastersSince(watch.sightings(), rotated), [ipv4.sources[0]]);

    // A key that the other does not have: each then hears nobody that it believes.
    write(right, `3 ${secret('c')}\n`);
    await until(
      'the other rules for itself',
      () => /backup -> candidate|-> master/.test(right.log().slice(-3000)),
      20_000,
    );
    const status = await askStatus(right);
    assert.ok((status.routers[0]?.dropped['authentication-key'] ?? 0) > 0, JSON.stringify(status.routers[0]?.dropped));
  });
});
