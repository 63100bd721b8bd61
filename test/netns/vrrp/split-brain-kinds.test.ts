// Split brain with the other kinds of routers: IPv6 with peers and a witness of IPv6, unicast, virtual MACs in a sync group.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { askStatus, configure, operate, startConfigured } from '../controller/operated-director.ts';
import { connect, type Namespace, until } from '../namespaces.ts';
import { type Bridged, onBridge, openBridged } from './bridged.ts';
import { type Host, logs, sleep } from './hosts.ts';
import { besideEachOther } from './side-by-side.ts';

type Kind = {
  readonly routers: (index: number) => readonly object[];
  readonly groups?: readonly object[];
  /** Of the directors' own cable, without the last digit. */
  readonly cable: string;
  readonly witness: string;
  /** What a master holds, on any interface. */
  readonly held: readonly string[];
};

/** Directors start in seconds, on a busy machine in many. */
const patience = 60_000;

const openStage = (): Bridged => {
  const stage = openBridged((left, right) => {
    const end = (namespace: Namespace, digit: number) => ({
      namespace,
      interface: 'enp0s8',
      addresses: [`192.168.66.1${digit}/24`, `fd66::${digit}/64`],
    });
    connect(end(left, 1), end(right, 2));
  });
  stage.wire.run('ip', 'address', 'add', 'fd55::1/64', 'dev', 'br0', 'nodad');
  for (const [index, { namespace }] of stage.hosts.entries())
    namespace.run('ip', 'address', 'add', `fd55::1${index + 1}/64`, 'dev', 'enp0s9', 'nodad');
  return stage;
};

const heldBy = (host: Host): string[] =>
  Object.values(host.namespace.enter(networkInterfaces)).flatMap((all) =>
    (all ?? []).flatMap(({ cidr }) => cidr ?? []),
  );
const holds = (host: Host, { held }: Kind): boolean => held.every((one) => heldBy(host).includes(one));
const isFree = (host: Host, { held }: Kind): boolean => !held.some((one) => heldBy(host).includes(one));

const write = ({ hosts }: Bridged, kind: Kind, reaction: string): void => {
  for (const [index, host] of hosts.entries()) {
    const keyFile = join(host.directory, 'peers.key');
    writeFileSync(keyFile, '0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
    const at = (digit: number): string => {
      const address = `${kind.cable}${digit}`;
      return `${address.includes(':') ? `[${address}]` : address}:8550`;
    };
    configure(host, kind.routers(index), {
      ...(kind.groups && { vrrp: { groups: kind.groups } }),
      peers: { listen: at(index + 1), key_file: keyFile, directors: [at(2 - index)] },
      split_brain: { witness: kind.witness, reaction },
      log: { level: 'debug' },
    });
  }
};

const start = async (stage: Bridged, kind: Kind): Promise<void> => {
  write(stage, kind, 'hold');
  const [lb0, lb1] = stage.hosts;
  startConfigured(lb0);
  await until('lb0 is master', () => holds(lb0, kind), patience);
  startConfigured(lb1);
  for (const host of stage.hosts)
    await until(
      `${host.namespace.name} has its evidence`,
      async () => {
        const { splitBrain, peers } = (await askStatus(host)) ?? {};
        return splitBrain?.witness?.state === 'answers' && peers?.[0]?.reachable === true;
      },
      patience,
    );
  const isAwaiting = async () => {
    const { routers = [] } = (await askStatus(lb1)) ?? {};
    return routers.length > 0 && routers.every(({ restraint, state }) => state === 'backup' && restraint !== undefined);
  };
  await until('lb1 awaits its master', isAwaiting, patience);
};

const verdict = (host: Host, name: string | undefined): Promise<void> =>
  until(
    `${host.namespace.name} finds ${name}`,
    async () => (await askStatus(host))?.splitBrain.verdicts[0]?.verdict === name,
    20_000,
  );
const stays = async (stage: Bridged, kind: Kind, span: number): Promise<void> => {
  const [lb0, lb1] = stage.hosts;
  const end = performance.now() + span;
  while (performance.now() < end) {
    assert.deepEqual([holds(lb0, kind), isFree(lb1, kind)], [true, true]);
    await sleep(50);
  }
};

/** Advertisements are lost to a host, of either family. */
const lose = ({ namespace }: Host): void => {
  namespace.run('nft', 'add table inet lost');
  namespace.run('nft', 'add chain inet lost in { type filter hook prerouting priority -300; }');
  namespace.run('nft', 'add rule inet lost in meta l4proto 112 drop');
};
const hear = ({ namespace }: Host): void => void namespace.run('nft', 'delete', 'table', 'inet', 'lost');
const unplug = ({ wire }: Bridged, index: number): void =>
  void wire.run('ip', 'link', 'set', `port${index}`, 'nomaster');
const plug = ({ wire }: Bridged, index: number): void =>
  void wire.run('ip', 'link', 'set', `port${index}`, 'master', 'br0');

/** Advertisements are lost both ways and heard again, the master loses its clients, and both do. */
const walk = async (stage: Bridged, kind: Kind): Promise<void> => {
  const [lb0, lb1] = stage.hosts;
  await start(stage, kind);
  for (const host of stage.hosts) lose(host);
  await verdict(lb1, 'peer-unheard');
  await stays(stage, kind, 4000);

  write(stage, kind, 'report');
  for (const host of stage.hosts) assert.equal((await operate(host, 'reload')).code, 0);
  await until('both hold', () => holds(lb0, kind) && holds(lb1, kind), patience);
  write(stage, kind, 'yield');
  for (const host of stage.hosts) assert.equal((await operate(host, 'reload')).code, 0);
  await until('the lesser gives way', () => holds(lb0, kind) && isFree(lb1, kind), 20_000);
  await logs(lb1, /master -> backup: lb0 is master too, and ranks above/);
  for (const host of stage.hosts) hear(host);
  await verdict(lb1, undefined);
  await stays(stage, kind, 2000);

  unplug(stage, 0);
  await until('lb1 holds, and lb0 has given way', () => holds(lb1, kind) && isFree(lb0, kind), 15_000);
  await logs(lb0, /split brain, client-side-lost: the witness does not answer this host, and lb1 can be master/);
  plug(stage, 0);
  await until('lb0 holds again', () => holds(lb0, kind) && isFree(lb1, kind), 30_000);
  // What the kernel has is logged a moment later.
  await stays(stage, kind, 1000);

  const moves = () => stage.hosts.map((host) => host.log().match(/-> (?:master|backup)/g)?.length);
  const before = moves();
  stage.wire.run('ip', 'address', 'flush', 'dev', 'br0');
  for (const host of stage.hosts) await logs(host, new RegExp(`the witness ${kind.witness} does not answer[^]*$`));
  await stays(stage, kind, 6000);
  assert.deepEqual(moves(), before, 'a router has moved');
};

const kinds: Readonly<Record<string, Kind>> = {
  'of IPv6, with peers and a witness of IPv6': {
    routers: (index) => [
      {
        name: 'vip',
        interface: 'enp0s9',
        virtual_router_id: 51,
        priority: 150 - 50 * index,
        addresses: ['fe80::100/128', 'fd55::100/128'],
      },
    ],
    cable: 'fd66::',
    witness: 'fd55::1',
    held: ['fd55::100/128'],
  },
  'by unicast': {
    routers: (index) => [
      {
        name: 'vip',
        interface: 'enp0s9',
        virtual_router_id: 51,
        priority: 150 - 50 * index,
        addresses: ['192.168.55.100/32'],
        peers: [`192.168.55.1${2 - index}`],
      },
    ],
    cable: '192.168.66.1',
    witness: '192.168.55.1',
    held: ['192.168.55.100/32'],
  },
  'of a sync group, with virtual MACs': {
    routers: (index) =>
      ['first', 'second'].map((name, place) => ({
        name,
        interface: 'enp0s9',
        virtual_router_id: 51 + place,
        priority: 150 - 50 * index,
        addresses: [`192.168.55.10${place}/32`],
        virtual_mac: true,
      })),
    groups: [{ name: 'both', routers: ['first', 'second'] }],
    cable: '192.168.66.1',
    witness: '192.168.55.1',
    held: ['192.168.55.100/32', '192.168.55.101/32'],
  },
};

describe('a split brain of routers', function () {
  this.timeout(300_000);
  besideEachOther(
    Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [name, () => onBridge(openStage(), (stage) => walk(stage, kind))]),
    ),
  );
});
