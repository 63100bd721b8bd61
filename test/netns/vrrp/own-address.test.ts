// A host's own addresses outlive virtual addresses with a length that came before them, however those go.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, until } from '../namespaces.ts';
import { configureDirector, ended, type Host, logs, processesOf, signal, sleep, startRouters } from './hosts.ts';
import { type HostsTest, sideBySide } from './side-by-side.ts';

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));
const own = '10.9.0.5/24';
const virtual = '10.9.0.100/24';
const setting = 'net.ipv4.conf.enp0s8.promote_secondaries';
const router = {
  name: 'vip',
  interface: 'enp0s9',
  virtual_router_id: 51,
  advertisement_interval: '1s',
  addresses: ['192.168.55.100/32', { address: virtual, interface: 'enp0s8' }],
};

/** A host with an interface beside that of its router, and what is looked at there. */
const stand = (host: Host) => {
  const { namespace } = host;
  const ip = (...args: string[]): string => namespace.run('ip', ...args);
  const addresses = (): string[] =>
    [...ip('-oneline', '-4', 'address', 'show', 'dev', 'enp0s8').matchAll(/inet (\S+)/g)].map(([, one = '']) => one);
  const holds = (): boolean => addresses().includes(virtual);
  return {
    host,
    ip,
    addresses,
    holds,
    plug: (): void => connect({ namespace, interface: 'enp0s8' }, { namespace, interface: 'far' }),
    promotes: (): string => namespace.run('sysctl', '-n', setting).trim(),
    unset: (): void => void namespace.run('sysctl', '-qw', `${setting}=0`),
    addOwn: (): void => {
      ip('address', 'add', own, 'dev', 'enp0s8');
      ip('route', 'replace', '198.51.100.0/24', 'via', '10.9.0.1', 'src', '10.9.0.5');
    },
    killAll: (): void => {
      for (const pid of processesOf(host.directory)) signal(pid, 'SIGKILL');
    },
    isWhole: (): void => {
      assert.deepEqual(addresses(), [own]);
      assert.match(ip('route', 'show', '198.51.100.0/24'), /via 10\.9\.0\.1 dev enp0s8 src 10\.9\.0\.5/);
      assert.match(ip('route', 'show', '10.9.0.0/24'), /scope link src 10\.9\.0\.5/);
    },
    becomesMaster: (): Promise<void> => until('the virtual address is there', holds),
  };
};
type Stand = ReturnType<typeof stand>;
type Director = ReturnType<Host['start']>;

const waysIn: Readonly<Record<string, (stand: Stand) => Promise<void>>> = {
  'that was added later': async ({ becomesMaster, addOwn }) => {
    await becomesMaster();
    addOwn();
  },
  'that was deleted and added again': async ({ ip, becomesMaster, addOwn }) => {
    addOwn();
    await becomesMaster();
    ip('address', 'del', own, 'dev', 'enp0s8');
    await sleep(50);
    addOwn();
  },
  'whose interface was made anew': async ({ ip, plug, becomesMaster, addOwn }) => {
    await becomesMaster();
    ip('link', 'del', 'enp0s8');
    await sleep(50);
    plug();
    await becomesMaster();
    addOwn();
  },
  'that was added after the setting was unset by hand': async ({ unset, becomesMaster, addOwn }) => {
    await becomesMaster();
    unset();
    addOwn();
    // A lease is renewed within a second; a removal sets it by itself.
    await sleep(1000);
  },
};
const waysOut: Readonly<Record<string, (stand: Stand, director: Director) => Promise<void>>> = {
  'a stop': async ({ promotes }, director) => {
    director.kill('SIGTERM');
    await ended(director);
    assert.equal(promotes(), '0', 'the setting is put back');
  },
  'the end of all processes': async ({ killAll }) => killAll(),
  'the end of vrrp': async ({ host }) => {
    signal(Number(readFileSync(join(host.directory, 'vrrp.sock.pid'), 'utf8')), 'SIGKILL');
  },
};

const onStand =
  (test: (stand: Stand) => Promise<void>): HostsTest =>
  async ([host]) => {
    const stood = stand(host);
    stood.plug();
    await test(stood);
  };
const tests = Object.entries(waysIn).flatMap(([name, come]) =>
  Object.entries(waysOut).map(([end, leave]) => {
    const test = onStand(async (stood) => {
      const director = startRouters(stood.host, [router]);
      await come(stood);
      assert.equal(stood.holds(), true);
      await leave(stood, director);
      await until('the virtual address is gone', () => !stood.holds());
      stood.isWhole();
    });
    return [`stays, ${name}, after ${end}`, test] as const;
  }),
);

describe("the host's own address behind a virtual address", function () {
  this.timeout(120_000);
  sideBySide({
    ...Object.fromEntries(tests),

    'stays where a crash left a virtual address before it': onStand(async (stood) => {
      const { host, holds, addOwn } = stood;
      const director = startRouters(host, [{ ...router, lease: 'off' }]);
      await stood.becomesMaster();
      stood.killAll();
      await ended(director);
      stood.unset();
      addOwn();
      assert.equal(holds(), true);
      startRouters(host, [{ ...router, lease: 'off' }]);
      await until('the leftover is gone', () => !holds());
      stood.isWhole();
    }),

    'stays in a container whose /proc/sys is read-only': onStand(async ({ host, becomesMaster, ...stood }) => {
      const path = configureDirector(host, [router]);
      const script = `mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"`;
      const run = [process.execPath, program, 'run', '-c', path];
      const director = host.start('unshare', '--mount', 'sh', '-c', script, 'sh', ...run);
      await becomesMaster();
      stood.addOwn();
      assert.equal(stood.promotes(), '1');
      director.kill('SIGTERM');
      await ended(director);
      stood.isWhole();
      assert.equal(stood.promotes(), '0');
    }),

    'is logged with the setting that keeps it': onStand(async ({ host }) => {
      startRouters(host, [router]);
      await logs(host, /enp0s8\/promote_secondaries 0 -> 1: the kernel would delete the host's own addresses/);
    }),

    'leaves the setting as it is where no virtual address has a length': onStand(
      async ({ host, addresses, promotes }) => {
        startRouters(host, [
          { ...router, addresses: ['192.168.55.100/32', { address: '10.9.0.100/32', interface: 'enp0s8' }] },
        ]);
        await until('the virtual address is there', () => addresses().includes('10.9.0.100/32'));
        assert.equal(promotes(), '0');
      },
    ),
  });
});
