// Two directors over every kind of socket: one is master, a packet from beyond a router is counted by name, a pair moves to unicast, and
// another has no package raw-socket.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { sendFromAfar } from '../far-sender.ts';
import { until } from '../namespaces.ts';
import { askStatus, statusWhen } from './director-status.ts';
import {
  ended,
  type Host,
  logs,
  pidOf,
  processesOf,
  type RouterKeys,
  routerOf,
  signal,
  sleep,
  startAfter,
  startDirector,
} from './hosts.ts';
import { longestOverlap, mastersSince, reignsOf, type Watch, watchMasters } from './masters.ts';
import { type HostsTest, sideBySide } from './side-by-side.ts';

type Transport = {
  readonly name: string;
  readonly sources: readonly [IpAddress, IpAddress];
  readonly group: IpAddress;
  /** With its length. */
  readonly address: string;
  readonly keys: (own: IpAddress, peer: IpAddress) => RouterKeys;
};

const ipv4 = {
  sources: [ip('192.168.55.11'), ip('192.168.55.12')],
  group: ip('224.0.0.18'),
  address: '192.168.55.100/32',
} as const;
const ipv6 = { sources: [ip('fe80::11'), ip('fe80::12')], group: ip('ff02::12'), address: 'fe80::100/64' } as const;
const toPeer = (source: IpAddress, peer: IpAddress): RouterKeys => ({ source, peers: [peer] });
const transports: readonly Transport[] = [
  { name: 'IPv4, to the group', ...ipv4, keys: () => ({}) },
  { name: 'IPv4, from host to host', ...ipv4, keys: toPeer },
  { name: 'IPv6, to the group', ...ipv6, keys: (source) => ({ source }) },
  { name: 'IPv6, from host to host', ...ipv6, keys: toPeer },
];

const interval = { advertisement_interval: '500ms' };
const modules = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

const showAddresses = (host: Host): string => host.namespace.run('ip', '-oneline', 'address', 'show', 'dev', 'enp0s9');

type Observed = {
  readonly hosts: readonly [Host, Host];
  readonly watch: Watch;
  /** Resolves when for 1.5 s nobody but this source was master. */
  readonly settle: (source: IpAddress) => Promise<void>;
};

/** Watches the cable, on which both hosts have IPv6 addresses too. */
const observed =
  (test: (observed: Observed) => Promise<void>): HostsTest =>
  async (hosts) => {
    for (const [index, host] of hosts.entries())
      host.namespace.run('ip', 'address', 'add', `fe80::1${index + 1}/64`, 'dev', 'enp0s9', 'nodad');
    const watch = await watchMasters(hosts[0].namespace, 'enp0s9');
    const isAlone = (source: IpAddress): boolean => {
      const since = Date.now() - 1500;
      const recent = watch.sightings().filter(({ at }) => at >= since);
      return recent.length >= 2 && mastersSince(recent, since).join() === source;
    };
    try {
      await test({ hosts, watch, settle: (source) => until(`only ${source} rules`, () => isAlone(source), 30_000) });
    } finally {
      await watch.stop();
    }
  };

const overTransport = ({ sources, group, address, keys }: Transport): HostsTest =>
  observed(async ({ hosts: [left, right], watch, settle }) => {
    const common = { addresses: [address], ...interval };
    const director = startDirector(left, 150, { ...keys(...sources), ...common });
    await settle(sources[0]);
    startDirector(right, 100, { ...keys(sources[1], sources[0]), ...common });
    await until('the backup hears it', () => right.log().includes(`the master is ${sources[0]}`));

    const destination = keys(...sources).peers === undefined ? group : sources[1];
    const sendFrom = (ttl: number, hex: string): void =>
      sendFromAfar(left.namespace, 'enp0s9', ttl, Buffer.from(hex, 'hex'), { source: sources[0], destination });
    // Of the same router, and of a higher priority than either.
    for (let count = 0; count < 3; count += 1) sendFrom(254, '3133fe0000640000');
    // Of a router that nobody here has.
    sendFrom(255, '3134fe0000640000');
    const status = await statusWhen(right, (one) => one.routers[0]?.dropped.ttl === 3 && one.interfaces.length > 0);
    assert.deepEqual([status.routers[0]?.state, status.routers[0]?.dropped], ['backup', { ttl: 3 }]);
    const strays = status.interfaces.map(({ interface: name, dropped }) => [name, dropped]);
    assert.deepEqual(strays, [['enp0s9', { 'virtual-router-id': 1 }]]);

    const holders = [left, right].map((host) => showAddresses(host).includes(` ${address} `));
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
    const [successor] = (await statusWhen(right, ({ routers }) => (routers[0]?.transitionsToMaster ?? 0) > 0)).routers;
    assert.deepEqual(
      [successor?.transitionsToMaster, successor?.newMasterReason, successor?.farewellsReceived],
      [1, 'master-no-response', 1],
    );
  });

const moveToUnicast: HostsTest = observed(async ({ hosts, watch, settle }) => {
  const [left, right] = hosts;
  const [one, other] = ipv4.sources;
  const stages: readonly ((source: IpAddress, peer: IpAddress) => RouterKeys)[] = [
    () => ({}),
    (source, peer) => ({ source, peers: [peer], multicast: true }),
    toPeer,
  ];
  const running = new Map<Host, ChildProcess>();
  const configure = async (host: Host, priority: number, keys: RouterKeys): Promise<void> => {
    const before = running.get(host);
    before?.kill('SIGTERM');
    if (before !== undefined) await ended(before, 15_000);
    running.set(host, startDirector(host, priority, { ...keys, ...interval }));
  };
  for (const [stage, keys] of stages.entries()) {
    // The backup moves first: what it hears then is what its master still says.
    await configure(right, 100, keys(other, one));
    if (stage > 0) {
      await sleep(2500);
      assert.deepEqual(mastersSince(watch.sightings(), Date.now() - 2000), [one]);
    }
    await configure(left, 150, keys(one, other));
    await sleep(1500);
    await settle(one);
  }
  const reigns = reignsOf(watch.sightings());
  assert.ok(longestOverlap(reigns) <= 600, JSON.stringify(reigns));
  assert.deepEqual(
    hosts.map((host) => host.holds()),
    [true, false],
  );
});

const changeKeys: HostsTest = observed(async ({ hosts: [left, right], watch, settle }) => {
  const secret = (letter: string): string => letter.repeat(40);
  const fileOf = (host: Host): string => join(host.directory, 'vrrp.keys');
  const write = (host: Host, text: string): void => writeFileSync(fileOf(host), text, { mode: 0o600 });
  const keysOf = (host: Host): RouterKeys => ({
    ...interval,
    authentication: { type: 'hmac', key_file: fileOf(host) },
  });
  write(left, `1 ${secret('a')}\n`);
  write(right, `1 ${secret('a')}\n`);
  chmodSync(fileOf(right), 0o644);
  startDirector(left, 150, keysOf(left));
  startDirector(right, 100, keysOf(right));
  await settle(ipv4.sources[0]);
  await until('the other says what it waits for', () => /its mode is 0644.*chmod 600/.test(right.log()));
  chmodSync(fileOf(right), 0o600);
  await until('the other hears the master', () => right.log().includes(`the master is ${ipv4.sources[0]}`));

  const rotated = Date.now();
  for (const [host, text] of [
    [right, `1 ${secret('a')}\n2 ${secret('b')}\n`],
    [left, `2 ${secret('b')}\n1 ${secret('a')}\n`],
    [right, `2 ${secret('b')}\n`],
    [left, `2 ${secret('b')}\n`],
  ] as const) {
    const count = (): number => host.log().split('"type":"keys"').length;
    const before = count();
    write(host, text);
    await until('the keys are read', () => count() > before);
  }
  await sleep(2000);
  assert.deepEqual(mastersSince(watch.sightings(), rotated), [ipv4.sources[0]]);

  // A key that the other does not have: each then hears nobody that it believes.
  write(right, `3 ${secret('c')}\n`);
  const rules = () => /backup -> candidate|-> master/.test(right.log().slice(-3000));
  await until('the other rules for itself', rules);
  const status = await askStatus(right);
  assert.ok((status.routers[0]?.dropped['authentication-key'] ?? 0) > 0, JSON.stringify(status.routers[0]?.dropped));
});

/** The package raw-socket is not there for one director, and does not load for the other, as if it was built for another Node. */
const withoutPackage: HostsTest = observed(async ({ hosts: [left, right] }) => {
  const folder = join(modules, 'raw-socket');
  const native = join(folder, 'build/Release/raw.node');
  const hide = [
    existsSync(folder) ? `mount -t tmpfs none ${folder}` : '',
    existsSync(native) ? `mount --bind /dev/null ${native}` : '',
  ] as const;
  const routersOf = (priority: number, source: string): RouterKeys[] => [
    routerOf(priority, interval),
    routerOf(priority, { name: 'vip6', addresses: ['fe80::100/64', 'fd55::100/128'], source, ...interval }),
  ];
  const startLeft = (): ChildProcess => startAfter(left, hide[0], routersOf(150, 'fe80::11'));
  const addresses = [' 192.168.55.100/32 ', ' fe80::100/64 ', ' fd55::100/128 '];
  const onlyHolder = (holder: Host, other: Host): boolean => {
    const [shown, elsewhere] = [holder, other].map(showAddresses);
    return addresses.every((address) => shown?.includes(address) && !elsewhere?.includes(address));
  };
  startLeft();
  startAfter(right, hide[1], routersOf(100, 'fe80::12'));
  await until('the first holds all addresses', () => onlyHolder(left, right));
  await until('the other hears it', () =>
    [ipv4, ipv6].every(({ sources }) => right.log().includes(`the master is ${sources[0]}`)),
  );
  await logs(left, /the package raw-socket is not installed/);
  await logs(right, existsSync(native) ? /the package raw-socket does not load: \S/ : /raw-socket is not installed/);
  for (const host of [left, right])
    assert.doesNotMatch(readFileSync(`/proc/${pidOf(host, 'vrrp')}/maps`, 'utf8'), /raw\.node/);
  for (const pid of processesOf(left.directory)) signal(pid, 'SIGKILL');
  await until('the other holds all addresses', () => onlyHolder(right, left));
  startLeft();
  await until('the first has taken them back', () => onlyHolder(left, right));
});

/** As after an installation without optional dependencies, or of a package for another processor. */
const withoutSystemCalls: HostsTest = async ([host]) => {
  const director = startAfter(host, `mount -t tmpfs none ${join(modules, '@koromix')}`, [routerOf(100, {})]);
  assert.equal(await ended(director), 1);
  assert.match(host.log(), /^Cannot load the package koffi for linux \w+, .*; install regent again, with optional/m);
};

describe('two directors speak', function () {
  this.timeout(120_000);
  const overTransports = transports.map((transport): [string, HostsTest] => [
    `over ${transport.name}: one is master, a TTL of 254 is counted by name, and the other takes over`,
    overTransport(transport),
  ]);
  sideBySide({
    ...Object.fromEntries(overTransports),
    'without the package raw-socket, over IPv4 and IPv6: the other takes over, and gives back': withoutPackage,
    'without the package koffi: a director ends, and says what to do': withoutSystemCalls,
    'to the group, then to both, then from host to host, and never two are master': moveToUnicast,
    'with signatures: the keys are changed while both run, and a router without them waits': changeKeys,
  });
});
