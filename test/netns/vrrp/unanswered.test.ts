// A master whose packets, ARP or link are away: it is warned of by name, what is regent's own is restored, a port of a bridge gives
// way, and a link that is away for a moment costs that moment.

import assert from 'node:assert/strict';
import { type Namespace, until } from '../namespaces.ts';
import { type Bridged, onBridge, openBridged } from './bridged.ts';
import { askStatus } from './director-status.ts';
import { type Host, logs, sleep, startDirector } from './hosts.ts';
import { besideEachOther } from './side-by-side.ts';

const patience = 60_000;

const start = async ({ hosts: [lb0, lb1] }: Bridged): Promise<void> => {
  startDirector(lb0, 150);
  await until('lb0 is master', () => lb0.holds(), patience);
  startDirector(lb1, 100);
  await until('lb1 hears', () => /the master is/.test(lb1.log()), patience);
};

const warningsOf = async (host: Host): Promise<string> =>
  JSON.stringify((await askStatus(host)).routers.map(({ missing }) => missing));

const own = 'net.ipv4.conf.enp0s9';
/** Each with how it is made, what the warning says, and how it is undone. */
const causes: readonly (readonly [cause: readonly string[], says: RegExp, mend: readonly string[]])[] = [
  [
    ['sysctl -w net.ipv4.conf.all.arp_ignore=8'],
    /arp_ignore, or that of all, is 8/,
    ['sysctl -w net.ipv4.conf.all.arp_ignore=0'],
  ],
  [[`sysctl -w ${own}.arp_ignore=8`], /arp_ignore, or that of all, is 8/, [`sysctl -w ${own}.arp_ignore=1`]],
  [['ip link set enp0s9 arp off'], /ARP and neighbour discovery switched off/, ['ip link set enp0s9 arp on']],
  [
    ['ip rule add pref 5 to 192.168.55.100 blackhole', 'ip rule del pref 0', 'ip rule add pref 9 table local'],
    /no local route to it, or another rule comes first/,
    ['ip rule add pref 0 table local', 'ip rule del pref 9', 'ip rule del pref 5'],
  ],
  [
    [
      'ip rule add pref 5 from 192.168.55.0/24 to 192.168.55.100 iif enp0s9 prohibit',
      'ip rule del pref 0',
      'ip rule add pref 9 table local',
    ],
    /the kernel has no way back, or a rule forbids it/,
    ['ip rule add pref 0 table local', 'ip rule del pref 9', 'ip rule del pref 5'],
  ],
  [
    [`sysctl -w ${own}.rp_filter=1`, 'ip route add 192.168.55.12 dev lo'],
    /rp_filter is strict/,
    [`sysctl -w ${own}.rp_filter=0`, 'ip route del 192.168.55.12 dev lo'],
  ],
  [
    [`sysctl -w ${own}.arp_filter=1`, 'ip route add 192.168.55.12 dev lo'],
    /arp_filter is 1/,
    [`sysctl -w ${own}.arp_filter=0`, 'ip route del 192.168.55.12 dev lo'],
  ],
];

/** Counts the lines of the log that say something. */
const times = (host: Host, said: RegExp): number =>
  host
    .log()
    .split('\n')
    .filter((line) => said.test(line)).length;

const cases: Readonly<Record<string, (stage: Bridged) => Promise<void>>> = {
  'an address that is not answered for is named in log and status until it is': async (stage) => {
    const [lb0] = stage.hosts;
    await start(stage);
    const run = (commands: readonly string[]): void => {
      for (const command of commands) lb0.namespace.run(...(command.split(' ') as [string]));
    };
    assert.doesNotMatch(await warningsOf(lb0), /answer/);
    for (const [index, [cause, says, mend]] of causes.entries()) {
      run(cause);
      await logs(lb0, new RegExp(`does not answer for 192.168.55.100 on enp0s9: .*${says.source}`), 10_000);
      await until(`status: ${says.source}`, async () => says.test(await warningsOf(lb0)), 10_000);
      run(mend);
      await until(
        'it is answered for',
        () => times(lb0, /answers for 192.168.55.100 on enp0s9 again/) === index + 1,
        10_000,
      );
      await until('status', async () => !/answer/.test(await warningsOf(lb0)), 10_000);
    }
    assert.ok(lb0.holds());
  },
  'a local route that is removed is there again, and goes with its address': async (stage) => {
    const [lb0, lb1] = stage.hosts;
    await start(stage);
    const local = (): string => lb0.namespace.run('ip', 'route', 'show', 'table', 'local', 'dev', 'enp0s9');
    const before = local();
    for (let count = 3; count > 0; count -= 1) {
      lb0.namespace.run('ip', 'route', 'del', 'local', '192.168.55.100', 'dev', 'enp0s9', 'table', 'local');
      await until('the route is there again', () => /192\.168\.55\.100/.test(local()), 3000);
      assert.equal(local(), before);
      await sleep(1000);
    }
    stage.wire.run('ping', '-c', '1', '-W', '2', '192.168.55.100');
    assert.match(
      lb0.log(),
      /own route to 192\.168\.55\.100 on enp0s9 was removed by another program; it is added again/,
    );
    lb0.namespace.run('ip', 'link', 'set', 'enp0s9', 'down');
    await until('lb1 is master', () => lb1.holds() && !lb0.holds(), patience);
    assert.doesNotMatch(local(), /192\.168\.55\.100/);
  },
  'an interface that is put into a bridge gives way at once, and is master again when it is taken out': async (
    stage,
  ) => {
    const [lb0, lb1] = stage.hosts;
    await start(stage);
    lb0.namespace.run('ip', 'link', 'add', 'br1', 'type', 'bridge');
    lb0.namespace.run('ip', 'link', 'set', 'br1', 'up');
    lb0.namespace.run('ip', 'link', 'set', 'enp0s9', 'master', 'br1');
    await until('lb1 is master', () => lb1.holds() && !lb0.holds(), 4000);
    await logs(lb0, /enp0s9 is a port of bridge br1, which takes all that arrives there/);
    lb0.namespace.run('ip', 'link', 'set', 'enp0s9', 'nomaster');
    await until('lb0 is master', () => lb0.holds() && !lb1.holds(), patience);
  },
  'a link that is away for a moment costs that moment': async (stage) => {
    const [lb0, lb1] = stage.hosts;
    await start(stage);
    const flap = async ({ run }: Namespace, name: string, seconds: number): Promise<void> => {
      for (;;) {
        const before = times(lb1, /-> master/);
        const began = performance.now();
        run('sh', '-c', `ip link set ${name} down; sleep ${seconds}; ip link set ${name} up`);
        const lasted = performance.now() - began;
        await sleep(4500);
        await until('lb0 has the address', () => lb0.holds() && !lb1.holds(), patience);
        // A busy machine may take longer than what was asked, and than what is promised.
        if (lasted > 800) continue;
        assert.equal(times(lb1, /-> master/), before, `after ${lasted} ms without link`);
        return;
      }
    };
    for (const seconds of [0.05, 0.1, 0.3]) await flap(lb0.namespace, 'enp0s9', seconds);
    for (const seconds of [0.05, 0.3]) await flap(stage.wire, 'port0', seconds);
    assert.ok(times(lb0, /goes on as master: the link is back/) >= 3);
    stage.wire.run('ping', '-c', '1', '-W', '2', '192.168.55.100');
  },
};

describe('a master that is not reached', function () {
  this.timeout(240_000);
  besideEachOther(
    Object.fromEntries(Object.entries(cases).map(([name, test]) => [name, () => onBridge(openBridged(), test)])),
  );
});
