// A host's own addresses outlive virtual addresses with a length that came before them, however those go.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, until } from '../namespaces.ts';
import {
  closeHosts,
  configureDirector,
  ended,
  type Host,
  logs,
  openHosts,
  processesOf,
  signal,
  sleep,
  startRouters,
} from './hosts.ts';

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

describe("the host's own address behind a virtual address", () => {
  let host: Host;
  beforeEach(() => {
    [host] = openHosts();
    const { namespace } = host;
    connect({ namespace, interface: 'enp0s8' }, { namespace, interface: 'far' });
  });
  afterEach(() => closeHosts());

  const ip = (...args: string[]): string => host.namespace.run('ip', ...args);
  const addresses = (): string[] =>
    [...ip('-oneline', '-4', 'address', 'show', 'dev', 'enp0s8').matchAll(/inet (\S+)/g)].map(([, one = '']) => one);
  const promotes = (): string => host.namespace.run('sysctl', '-n', setting).trim();
  const addOwn = (): void => {
    ip('address', 'add', own, 'dev', 'enp0s8');
    ip('route', 'replace', '198.51.100.0/24', 'via', '10.9.0.1', 'src', '10.9.0.5');
  };
  const holds = (): boolean => addresses().includes(virtual);
  const killAll = (): void => {
    for (const pid of processesOf(host.directory)) signal(pid, 'SIGKILL');
  };
  const isWhole = (): void => {
    assert.deepEqual(addresses(), [own]);
    assert.match(ip('route', 'show', '198.51.100.0/24'), /via 10\.9\.0\.1 dev enp0s8 src 10\.9\.0\.5/);
    assert.match(ip('route', 'show', '10.9.0.0/24'), /scope link src 10\.9\.0\.5/);
  };
  const becomesMaster = (): Promise<void> => until('the virtual address is there', holds);

  const waysIn: readonly (readonly [string, () => Promise<void>])[] = [
    [
      'that was added later',
      async () => {
        await becomesMaster();
        addOwn();
      },
    ],
    [
      'that was deleted and added again',
      async () => {
        addOwn();
        await becomesMaster();
        ip('address', 'del', own, 'dev', 'enp0s8');
        await sleep(50);
        addOwn();
      },
    ],
    [
      'whose interface was made anew',
      async () => {
        await becomesMaster();
        ip('link', 'del', 'enp0s8');
        await sleep(50);
        connect({ namespace: host.namespace, interface: 'enp0s8' }, { namespace: host.namespace, interface: 'far' });
        await becomesMaster();
        addOwn();
      },
    ],
    [
      'that was added once somebody had unset the setting',
      async () => {
        await becomesMaster();
        host.namespace.run('sysctl', '-qw', `${setting}=0`);
        addOwn();
        // A lease is renewed within a second; a removal sets it by itself.
        await sleep(1000);
      },
    ],
  ];
  type Director = ReturnType<Host['start']>;
  const waysOut: readonly (readonly [string, (director: Director) => Promise<void>])[] = [
    [
      'a stop',
      async (director) => {
        director.kill('SIGTERM');
        await ended(director);
        assert.equal(promotes(), '0', 'the setting is put back');
      },
    ],
    ['the end of all processes', async () => killAll()],
    [
      'the end of vrrp',
      async () => {
        signal(Number(readFileSync(join(host.directory, 'vrrp.sock.pid'), 'utf8')), 'SIGKILL');
      },
    ],
  ];
  for (const [name, come] of waysIn)
    for (const [end, leave] of waysOut)
      it(`stays, ${name}, after ${end}`, async () => {
        const director = startRouters(host, [router]);
        await come();
        assert.equal(holds(), true);
        await leave(director);
        await until('the virtual address is gone', () => !holds(), 10_000);
        isWhole();
      });

  it('stays where a crash left a virtual address before it', async () => {
    const director = startRouters(host, [{ ...router, lease: 'off' }]);
    await becomesMaster();
    killAll();
    await ended(director);
    host.namespace.run('sysctl', '-qw', `${setting}=0`);
    addOwn();
    assert.equal(holds(), true);
    startRouters(host, [{ ...router, lease: 'off' }]);
    await until('the leftover is gone', () => !holds(), 30_000);
    isWhole();
  });

  it('stays in a container whose /proc/sys is read-only', async () => {
    const path = configureDirector(host, [router]);
    const script = `mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"`;
    const director = host.start(
      'unshare',
      '--mount',
      'sh',
      '-c',
      script,
      'sh',
      process.execPath,
      program,
      'run',
      '-c',
      path,
    );
    await becomesMaster();
    addOwn();
    assert.equal(promotes(), '1');
    director.kill('SIGTERM');
    await ended(director);
    isWhole();
    assert.equal(promotes(), '0');
  });

  it('is told of in the log with the setting that keeps it', async () => {
    startRouters(host, [router]);
    await logs(host, /enp0s8\/promote_secondaries 0 -> 1: the kernel would delete the host's own addresses/);
  });

  it('leaves the setting as it is where no virtual address has a length', async () => {
    startRouters(host, [
      { ...router, addresses: ['192.168.55.100/32', { address: '10.9.0.100/32', interface: 'enp0s8' }] },
    ]);
    await until('the virtual address is there', () => addresses().includes('10.9.0.100/32'));
    assert.equal(promotes(), '0');
  });
});
