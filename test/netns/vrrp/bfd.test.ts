// BFD between real hosts: a frozen or killed master is replaced long before its advertisements are missed, and only then.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askDirector } from '../../../controller/control/client.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { sendDatagramFromAfar } from '../far-sender.ts';
import { until } from '../namespaces.ts';
import {
  configureDirector,
  type Host,
  pidOf,
  processesOf,
  signal,
  sleep,
  startDirector,
  startRouters,
} from './hosts.ts';
import { sideBySide } from './side-by-side.ts';

// Slow enough for a busy machine, and still far from the 3.6 s of the advertisements.
const rate = { min_tx: '50ms', min_rx: '50ms', multiplier: 5 };
const session = (peer: IpAddress, multiplier: number) => [{ name: 'peer', peer, ...rate, multiplier }];

type Sessions = readonly { readonly state: string; readonly dropped: Readonly<Record<string, number>> }[];

const sessionsOf = async (host: Host): Promise<Sessions> => {
  const socket = join(host.directory, 'control.sock');
  const status = await askDirector(socket, 'GET', '/v1/status').catch(() => undefined);
  return (status as { bfd: Sessions } | undefined)?.bfd ?? [];
};
const stateOf = async (host: Host): Promise<string | undefined> => (await sessionsOf(host))[0]?.state;

const comesUp = async (host: Host): Promise<void> => {
  const end = performance.now() + 20_000;
  while ((await stateOf(host)) !== 'up') {
    assert.ok(performance.now() < end, 'the session does not come up');
    await sleep(50);
  }
};
/** Freezes processes and measures how long the address is away. */
const freeze = async (pids: readonly number[], backup: Host): Promise<number> => {
  const start = performance.now();
  for (const pid of pids) signal(pid, 'SIGSTOP');
  await until('the backup holds the address', () => backup.holds());
  return performance.now() - start;
};
const startPair = async ([master, backup]: readonly [Host, Host], multiplier = rate.multiplier): Promise<void> => {
  startDirector(master, 150, { track: [{ bfd: 'peer' }] }, { bfd: session(ip('192.168.55.12'), multiplier) });
  startDirector(backup, 100, { track: [{ bfd: 'peer' }] }, { bfd: session(ip('192.168.55.11'), multiplier) });
  await until('the master rules', () => master.holds());
  await comesUp(backup);
  await until('the backup listens', () => backup.log().includes('the master is 192.168.55.11'));
};

describe('BFD', function () {
  this.timeout(90_000);
  sideBySide({
    'replaces a frozen director before its advertisements are missed': async (hosts) => {
      const [master, backup] = hosts;
      await startPair(hosts);
      const span = await freeze([pidOf(master, 'vrrp')], backup);
      assert.ok(span < 2000, `${span} ms`);
      await until('the log tells why', () =>
        /192\.168\.55\.11 \(priority 150\) is lost: BFD session peer heard nothing for/.test(backup.log()),
      );
      signal(pidOf(master, 'vrrp'), 'SIGCONT');
      await until('one master is left', () => master.holds() && !backup.holds());
    },

    'holds while both directors are paused together': async (hosts) => {
      // On a busy machine the two go on some hundred milliseconds apart.
      await startPair(hosts, 12);
      const pids = hosts.map((host) => pidOf(host, 'vrrp'));
      for (let pause = 0; pause < 8; pause++) {
        for (const pid of pids) signal(pid, 'SIGSTOP');
        await sleep(700 + 10 * pause);
        for (const pid of pids) signal(pid, 'SIGCONT');
        await sleep(300);
      }
      for (const host of hosts) assert.doesNotMatch(host.log(), /bfd peer is down/);
    },

    'drops what crossed a router, over IPv4 and IPv6, and counts it by name (RFC 5881 5)': async (hosts) => {
      const [master, backup] = hosts;
      const peers = [ip('192.168.55.12'), ip('fd55::12')];
      for (const [index, { namespace }] of [master, backup].entries())
        namespace.run('ip', 'address', 'add', `fd55::1${index + 1}/64`, 'dev', 'enp0s9', 'nodad');
      startDirector(master, 150, {}, { bfd: peers.map((peer, index) => ({ name: `peer${index}`, peer, ...rate })) });
      await until('the master rules', () => master.holds());
      for (const [source, destination] of [
        [ip('192.168.55.12'), ip('192.168.55.11')],
        [ip('fd55::12'), ip('fd55::11')],
      ] as const)
        for (const ttl of [254, 254, 254, 255])
          sendDatagramFromAfar(backup.namespace, ttl, Buffer.alloc(23), { source, destination, port: 3784 });
      const isCounted = async () => (await sessionsOf(master)).every(({ dropped }) => dropped.ttl === 3);
      for (const end = performance.now() + 5000; !(await isCounted()) && performance.now() < end; ) await sleep(50);
      const expected = { truncated: 1, ttl: 3 };
      assert.deepEqual(
        (await sessionsOf(master)).map(({ dropped }) => dropped),
        [expected, expected],
      );
    },

    'takes the leave of a director for no failure': async (hosts) => {
      const [master, backup] = hosts;
      await startPair(hosts);
      const start = performance.now();
      for (const pid of processesOf(master.directory)) signal(pid, 'SIGTERM');
      await until('the backup holds the address', () => backup.holds());
      await until('the log tells why', () => /gave up mastership/.test(backup.log()));
      assert.doesNotMatch(backup.log(), /is lost: BFD/);
      assert.ok(performance.now() - start < 8000);
    },

    'has one master again where only the session is cut, and not the advertisements': async (hosts) => {
      const [master, backup] = hosts;
      await startPair(hosts);
      backup.namespace.run('nft', 'add table ip t; add chain ip t in { type filter hook input priority 0; }');
      backup.namespace.run('nft', 'add rule ip t in udp dport 3784 drop');
      await until('the session is down', () => backup.log().includes('bfd peer is down'));
      await sleep(3000);
      assert.ok(master.holds() && !backup.holds());
    },

    'does not count as up for ever once another peer is configured that never speaks': async (hosts) => {
      const [master] = hosts;
      const router = {
        name: 'vip',
        interface: 'enp0s9',
        virtual_router_id: 51,
        priority: 150,
        addresses: ['192.168.55.100/32'],
        track: [{ bfd: 'peer', weight: -20 }],
      };
      const speakers = hosts.map((host) => ip(host === master ? '192.168.55.12' : '192.168.55.11'));
      for (const [index, host] of hosts.entries())
        startRouters(host, [router], { bfd: session(speakers[index] as IpAddress, rate.multiplier) });
      for (const host of hosts) await comesUp(host);
      configureDirector(master, [router], { bfd: session(ip('192.168.55.13'), rate.multiplier) });
      await askDirector(join(master.directory, 'control.sock'), 'POST', '/v1/reload');
      await sleep(1000);
      assert.doesNotMatch(master.log(), /bfd peer is down|bfd peer has not come up again/);
      await until('the priority sinks', () => /bfd peer has not come up again/.test(master.log()), 30_000);
    },

    'comes up with keepalived, and replaces it when it freezes': async (hosts) => {
      const [master, backup] = hosts;
      const path = join(master.directory, 'keepalived.conf');
      writeFileSync(
        path,
        `global_defs {
  vrrp_version 3
}
bfd_instance peer {
  neighbor_ip 192.168.55.12
  source_ip 192.168.55.11
  min_rx 50
  min_tx 50
  multiplier 5
}
vrrp_instance vip {
  state BACKUP
  interface enp0s9
  virtual_router_id 51
  priority 150
  advert_int 1
  virtual_ipaddress {
    192.168.55.100/32 dev enp0s9
  }
}
`,
      );
      const files = ['main', 'vrrp', 'bfd'].map((name) => join(master.directory, `${name}.pid`));
      const [main = '', vrrp = '', bfd = ''] = files;
      master.start('/usr/sbin/keepalived', '-n', '-l', '-D', '-f', path, '-p', main, '-r', vrrp, '-b', bfd);
      startDirector(backup, 100, { track: [{ bfd: 'peer' }] }, { bfd: session(ip('192.168.55.11'), rate.multiplier) });
      await until('keepalived rules', () => master.holds());
      await comesUp(backup);
      await until('the backup listens', () => backup.log().includes('the master is 192.168.55.11'));
      const span = await freeze(processesOf(master.directory), backup);
      assert.ok(span < 2000, `${span} ms`);
      // The address is there before the log tells of it.
      await until('the log tells why', () => /is lost: BFD session peer heard nothing for/.test(backup.log()));
      for (const pid of processesOf(master.directory)) signal(pid, 'SIGCONT');
    },
  });
});
