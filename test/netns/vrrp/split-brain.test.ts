// Split brain on a real bridge: multicast lost both ways and one way, cables out of the clients' network, and a dead master.
// The directors' heartbeats go over a cable of their own, except where a director is to be isolated.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Status } from '../../../controller/control/status.ts';
import { askStatus, configure, operate, startConfigured } from '../controller/operated-director.ts';
import { connect, until } from '../namespaces.ts';
import { type Bridged, onBridge, openBridged } from './bridged.ts';
import { type Host, logs, pidOf, processesOf, signal, sleep } from './hosts.ts';
import { besideEachOther } from './side-by-side.ts';

const vip = '192.168.55.100/32';
type Reaction = 'report' | 'yield' | 'hold';
type Setting = {
  readonly reaction: Reaction;
  /** Heartbeats over the clients' network. */
  readonly shared?: true;
  /** Advertisements over the directors' own cable. */
  readonly apart?: true;
  /** In a sync group with a router on the directors' own cable. */
  readonly grouped?: true;
};

/** The bridge is the witness; a cable between the directors is for their heartbeats. */
const openStage = (): Bridged =>
  openBridged((left, right) =>
    connect(
      { namespace: left, interface: 'enp0s8', addresses: ['192.168.66.11/24'] },
      { namespace: right, interface: 'enp0s8', addresses: ['192.168.66.12/24'] },
    ),
  );

const multicast = ({ wire }: Bridged, to: number, on: 'on' | 'off'): void =>
  void wire.run('bridge', 'link', 'set', 'dev', `port${to}`, 'mcast_flood', on);
/** The director keeps its carrier. */
const unplug = ({ wire }: Bridged, index: number): void =>
  void wire.run('ip', 'link', 'set', `port${index}`, 'nomaster');
const plug = ({ wire }: Bridged, index: number): void =>
  void wire.run('ip', 'link', 'set', `port${index}`, 'master', 'br0');

/** What the director sends there is lost. */
const mute = ({ wire }: Bridged, index: number): void => {
  wire.run('nft', 'add table bridge lost');
  wire.run('nft', 'add chain bridge lost in { type filter hook prerouting priority 0; }');
  wire.run('nft', `add rule bridge lost in iifname port${index} drop`);
};
const unmute = ({ wire }: Bridged): void => void wire.run('nft', 'delete', 'table', 'bridge', 'lost');

const write = ({ hosts }: Bridged, { reaction, shared, apart, grouped }: Setting): void => {
  const network = shared ? '192.168.55.1' : '192.168.66.1';
  for (const [index, host] of hosts.entries()) {
    const keyFile = join(host.directory, 'peers.key');
    writeFileSync(keyFile, '0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
    const router = {
      name: 'vip',
      interface: apart ? 'enp0s8' : 'enp0s9',
      virtual_router_id: 51,
      priority: 150 - 50 * index,
      addresses: [{ address: vip, interface: 'enp0s9' }],
    };
    const gateway = { ...router, name: 'gateway', interface: 'enp0s8', virtual_router_id: 52 };
    const mates = grouped ? [{ ...gateway, addresses: ['192.168.66.100/32'] }] : [];
    configure(host, [router, ...mates], {
      ...(grouped && { vrrp: { groups: [{ name: 'lab', routers: ['vip', 'gateway'] }] } }),
      peers: {
        listen: `${network}${index + 1}:8550`,
        key_file: keyFile,
        directors: [`${network}${2 - index}:8550`],
      },
      split_brain: { witness: '192.168.55.1', reaction },
      log: { level: 'debug' },
    });
  }
};

/** Directors start in seconds, on a busy machine in many. */
const patience = 60_000;

const start = async (stage: Bridged, setting: Setting): Promise<void> => {
  write(stage, setting);
  const [lb0, lb1] = stage.hosts;
  startConfigured(lb0);
  await until('lb0 is master', () => lb0.holds(), patience);
  startConfigured(lb1);
  const knows = async (host: Host) => {
    const { splitBrain, peers, routers } = (await askStatus(host)) ?? {};
    return (
      splitBrain?.witness?.state === 'answers' && peers?.[0]?.reachable === true && routers?.[0]?.state !== 'initialize'
    );
  };
  for (const host of stage.hosts) await until(`${host.namespace.name} has its evidence`, () => knows(host), patience);
  await until('lb1 awaits its master', async () => {
    const [router] = (await askStatus(lb1))?.routers ?? [];
    return router?.master !== undefined && (setting.reaction === 'report' || router.restraint?.kind === 'await');
  });
};

const verdictOf = async (host: Host): Promise<string | undefined> =>
  (await askStatus(host))?.splitBrain.verdicts[0]?.verdict;
const verdict = (host: Host, name: string | undefined): Promise<void> =>
  until(`${host.namespace.name} finds ${name}`, async () => (await verdictOf(host)) === name, 20_000);
/** Watches for a while that none but these hold the address. */
const stays = async ({ hosts }: Bridged, holders: readonly [boolean, boolean], span: number): Promise<void> => {
  const end = performance.now() + span;
  while (performance.now() < end) {
    assert.deepEqual(
      hosts.map((host) => host.holds()),
      holders,
    );
    await sleep(50);
  }
};
const countOf = (host: Host, line: RegExp): number => host.log().match(new RegExp(line, 'g'))?.length ?? 0;

type Case = readonly [setting: Setting, test: (stage: Bridged) => Promise<void>];
const cases: Readonly<Record<string, Case>> = {
  'multicast lost both ways: the backup does not take over, says why, and its metrics too': [
    { reaction: 'hold' },
    async (stage) => {
      const [, lb1] = stage.hosts;
      for (const port of [0, 1]) multicast(stage, port, 'off');
      await verdict(lb1, 'peer-unheard');
      await stays(stage, [true, false], 4000);
      await logs(lb1, /split brain, peer-unheard: lb0 \(priority 150\) is alive and master/);
      // Neither a new controller nor a new vrrp forgets what there is evidence of.
      const vrrp = pidOf(lb1, 'vrrp');
      for (const pid of processesOf(lb1.directory)) if (pid !== vrrp) signal(pid, 'SIGKILL');
      startConfigured(lb1);
      await stays(stage, [true, false], 5000);
      signal(pidOf(lb1, 'vrrp'), 'SIGKILL');
      await stays(stage, [true, false], 6000);
      await verdict(lb1, 'peer-unheard');
      const { warnings, routers } = (await askStatus(lb1)) as Status;
      assert.equal(routers[0]?.withheld, true);
      assert.match(warnings.join('\n'), /router vip, split brain \(peer-unheard\): lb0/);
      assert.match((await operate(lb1, 'why', 'router', 'vip')).out, /peer-unheard: lb0 \(priority 150\) is alive/);
      const socket = join(lb1.directory, 'control.sock');
      const metrics = await promisify(execFile)('curl', ['-s', '--unix-socket', socket, 'http://regent/metrics']);
      assert.match(metrics.stdout, /regent_router_split_brain_verdict\{[^}]*verdict="peer-unheard"[^}]*\} 1/);
      assert.match(metrics.stdout, /regent_witness_up\{[^}]*witness="192\.168\.55\.1"[^}]*\} 1/);
      for (const port of [0, 1]) multicast(stage, port, 'on');
      await verdict(lb1, undefined);
      await logs(lb1, /peer-unheard is over, after/);
      assert.equal(countOf(lb1, /-> master/), 0);
    },
  ],
  'multicast lost one way: the deaf backup does not take over': [
    { reaction: 'yield' },
    async (stage) => {
      const [lb0, lb1] = stage.hosts;
      multicast(stage, 1, 'off');
      await verdict(lb1, 'peer-unheard');
      await stays(stage, [true, false], 4000);
      assert.equal(await verdictOf(lb0), undefined);
    },
  ],
  'the other way: the master that does not hear its backup has nothing to say': [
    { reaction: 'yield' },
    async (stage) => {
      multicast(stage, 0, 'off');
      await stays(stage, [true, false], 6000);
      for (const host of stage.hosts) assert.equal(await verdictOf(host), undefined);
    },
  ],
  'where it is only said both are master; the lesser gives way once it may, and the survivor announces anew': [
    { reaction: 'report' },
    async (stage) => {
      const [lb0, lb1] = stage.hosts;
      for (const port of [0, 1]) multicast(stage, port, 'off');
      await until('both hold', () => lb0.holds() && lb1.holds());
      for (const host of stage.hosts)
        await until('both say it', async () => /peer-unheard|two-holders/.test((await verdictOf(host)) ?? ''), 20_000);
      const announced = countOf(lb0, /addresses announced/);
      write(stage, { reaction: 'yield' });
      for (const host of stage.hosts) assert.equal((await operate(host, 'reload')).code, 0);
      // Two intervals and three seconds, on a busy machine.
      await until('the lesser gives way', () => !lb1.holds(), 6000);
      await logs(lb1, /master -> backup: lb0 is master too, and ranks above this router/);
      await until('the survivor announces', () => countOf(lb0, /addresses announced/) > announced, 10_000);
      await stays(stage, [true, false], 6000);
    },
  ],
  'the master loses its clients while advertisements are heard: it gives way, and is master again once they are back': [
    { reaction: 'hold', apart: true },
    async (stage) => {
      const [lb0, lb1] = stage.hosts;
      unplug(stage, 0);
      const from = performance.now();
      await until('lb1 holds', () => lb1.holds() && !lb0.holds(), 12_000);
      assert.ok(performance.now() - from < 8000, `${performance.now() - from} ms`);
      await logs(lb0, /split brain, client-side-lost: the witness does not answer this host, and lb1 can be master/);
      await stays(stage, [false, true], 3000);
      plug(stage, 0);
      await until('lb0 holds', () => lb0.holds() && !lb1.holds(), 30_000);
    },
  ],
  'one network of a group carries one direction: none moves, and the backup says why; with a reaction all of it moves':
    [
      { reaction: 'report', grouped: true },
      async (stage) => {
        const [lb0, lb1] = stage.hosts;
        mute(stage, 0);
        await verdict(lb1, 'peer-unheard');
        await logs(
          lb1,
          /is alive and master, but its advertisements are not heard; gateway of its sync group hears it/,
        );
        const { warnings } = (await askStatus(lb1)) as Status;
        assert.match(warnings.join('\n'), /router vip hears no master and .* enp0s9 is cut off here or at the master/);
        await stays(stage, [true, false], 1000);
        unmute(stage);
        await verdict(lb1, undefined);

        write(stage, { reaction: 'hold', grouped: true });
        for (const host of stage.hosts) assert.equal((await operate(host, 'reload')).code, 0);
        const areAll = async (host: Host, state: string) =>
          (await askStatus(host))?.routers.every((router) => router.state === state) === true;
        const move = async (from: Host, to: Host) =>
          until(
            'all of it has moved',
            async () => (await areAll(to, 'master')) && (await areAll(from, 'backup')),
            30_000,
          );
        mute(stage, 0);
        await move(lb0, lb1);
        await stays(stage, [false, true], 3000);
        unmute(stage);
        await move(lb1, lb0);
      },
    ],
  'both lose their clients: neither moves': [
    { reaction: 'yield', apart: true },
    async (stage) => {
      stage.wire.run('ip', 'address', 'del', '192.168.55.1/24', 'dev', 'br0');
      for (const host of stage.hosts) await logs(host, /the witness 192\.168\.55\.1 does not answer/);
      await stays(stage, [true, false], 6000);
      for (const host of stage.hosts) assert.equal(await verdictOf(host), undefined);
    },
  ],
  'a master that is isolated gives its addresses up': [
    { reaction: 'yield', shared: true },
    async (stage) => {
      const [lb0, lb1] = stage.hosts;
      unplug(stage, 0);
      // 4.5 s, on a busy machine.
      await until('lb0 has given it up', () => !lb0.holds(), 5500);
      await until('lb1 holds alone', () => lb1.holds() && !lb0.holds(), 12_000);
      await logs(lb0, /split brain, isolated: no peer answers, and the witness does not/);
      plug(stage, 0);
      await until('lb0 holds alone', () => lb0.holds() && !lb1.holds(), 30_000);
    },
  ],
  'a backup that is isolated does not take over': [
    { reaction: 'hold', shared: true },
    async (stage) => {
      unplug(stage, 1);
      await verdict(stage.hosts[1], 'isolated');
      await stays(stage, [true, false], 5000);
    },
  ],
  'a dead master is succeeded without delay, and a planned stop leaves no hole': [
    { reaction: 'hold' },
    async (stage) => {
      const [lb0, lb1] = stage.hosts;
      const from = performance.now();
      for (const pid of processesOf(lb0.directory)) signal(pid, 'SIGKILL');
      await until('lb1 holds', () => lb1.holds(), 10_000);
      const span = performance.now() - from;
      // The master down interval of priority 100 is 3.6 s.
      assert.ok(span < 5600, `${span} ms`);
      startConfigured(lb0);
      await until('lb0 preempts', () => lb0.holds() && !lb1.holds(), patience);
      const handover = operate(lb0, 'handover', 'vip');
      await until('lb0 gives it up', () => !lb0.holds(), patience);
      const given = performance.now();
      await until('lb1 holds', () => lb1.holds(), 10_000);
      // Silence would take 3.6 s.
      assert.ok(performance.now() - given < 2500, `${performance.now() - given} ms`);
      assert.equal((await handover).code, 0);
      assert.deepEqual([lb0.holds(), lb1.holds()], [false, true]);
    },
  ],
};

describe('a split brain', function () {
  this.timeout(240_000);
  besideEachOther(
    Object.fromEntries(
      Object.entries(cases).map(([name, [setting, test]]) => [
        name,
        () =>
          onBridge(openStage(), async (stage) => {
            await start(stage, setting);
            await test(stage);
          }),
      ]),
    ),
  );
});
