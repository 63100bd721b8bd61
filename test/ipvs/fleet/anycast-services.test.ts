// Anycast addresses follow the quorum of their services; with keep_last the last director that announces them goes on.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { dump } from 'js-yaml';
import { askStatus, configPath, regent, startConfigured } from '../../netns/controller/operated-director.ts';
import { until } from '../../netns/namespaces.ts';
import { closeHosts, ended, type Host, logs, openHosts, sleep } from '../../netns/vrrp/hosts.ts';

const address = '192.0.2.10';
const own = { lb0: '192.168.55.11', lb1: '192.168.55.12' } as const;
/** A director that does not answer: it counts as none that announces. */
const absent = '192.168.55.13:8550';

describe('anycast addresses and their services', function () {
  this.timeout(240_000);
  let hosts: readonly [Host, Host];
  let first: ChildProcess;
  const key = randomBytes(32).toString('hex');

  const nameOf = (host: Host): keyof typeof own => (host.directory.endsWith('lb0') ? 'lb0' : 'lb1');
  const set = (host: Host, server: string, state: 'up' | 'down'): void =>
    writeFileSync(join(host.directory, `${server}.state`), state);
  const configure = (host: Host, more: object = {}): void => {
    const name = nameOf(host);
    const keyFile = join(host.directory, 'peers.key');
    writeFileSync(keyFile, key);
    const server = (rs: string, at: string): object => ({
      name: rs,
      address: at,
      check: { type: 'file', path: join(host.directory, `${rs}.state`), interval: '200ms', rise: 1, fall: 1 },
    });
    const document = {
      director: name,
      anycast: {
        addresses: [
          {
            name: 'web',
            addresses: [address],
            announce_while: ['web'],
            start_delay: '1s',
            drain: '2s',
            keep_last: true,
            ...more,
          },
        ],
      },
      virtual_services: [
        {
          name: 'web',
          address: `${address}:80`,
          scheduler: 'mh',
          scheduler_flags: ['port', 'fallback'],
          forwarding: 'direct',
          inhibit: true,
          panic_threshold: 0,
          real_servers: [
            server('rs0', '192.168.55.21'),
            server('rs1', '192.168.55.22'),
            server('rs2', '192.168.55.23'),
          ],
        },
      ],
      peers: {
        listen: `${own[name]}:8550`,
        key_file: keyFile,
        directors: [`${own[name === 'lb0' ? 'lb1' : 'lb0']}:8550`, absent],
      },
    };
    writeFileSync(configPath(host), dump(document));
  };
  const isAnnounced = (host: Host): boolean => {
    try {
      return host.namespace.run('ip', '-o', 'address', 'show', 'dev', 'regent0').includes(address);
    } catch {
      return false; // there is no interface yet
    }
  };
  const setAll = (host: Host, state: 'up' | 'down'): void => {
    for (const server of ['rs0', 'rs1', 'rs2']) set(host, server, state);
  };
  /** The servers as the kernel lists them, which is how mh takes them. */
  const order = (host: Host): string[] =>
    [...host.namespace.run('ipvsadm', '-Ln', '--nosort').matchAll(/-> (192\.168\.55\.\d+):80/g)].map(
      ([, at]) => at ?? '',
    );
  const sysctl = (host: Host, name: string): string =>
    host.namespace.run('cat', `/proc/sys/net/ipv4/vs/${name}`).trim();

  before(async () => {
    hosts = openHosts();
    for (const host of hosts) {
      setAll(host, 'up');
      configure(host);
    }
    first = startConfigured(hosts[0]);
    startConfigured(hosts[1]);
    await until('both announce', () => hosts.every(isAnnounced), 120_000);
    await until('each knows what the other serves', async () => {
      const all = await Promise.all(hosts.map(askStatus));
      return all.every((status) => status?.peers.some(({ serving }) => serving?.includes(address as never)));
    });
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state !== 'passed'))
      console.error(hosts.map((host) => host.log()).join('\n\n'));
    await closeHosts();
  });

  it('are announced a start_delay after the first verdicts', async () => {
    await logs(hosts[0], /announces 192\.0\.2\.10\/32: service web is served: 3 of 3 real servers are up/);
  });

  it('have connections that any director continues: sloppy_tcp, and servers in one order', () => {
    for (const host of hosts) assert.equal(sysctl(host, 'sloppy_tcp'), '1');
    const [one, other] = hosts.map(order);
    const file = ['192.168.55.21', '192.168.55.22', '192.168.55.23'];
    assert.deepEqual(one, other);
    assert.ok(
      [file, file.toReversed()].some((wanted) => isDeepStrictEqual(wanted, one)),
      String(one),
    );
  });

  it('are withdrawn by the director whose services have lost their quorum', async () => {
    const [host, other] = hosts;
    setAll(host, 'down');
    await until('it is withdrawn', () => !isAnnounced(host), 30_000);
    assert.ok(isAnnounced(other));
    assert.match(
      host.log(),
      /releases 192\.0\.2\.10\/32: service web has lost its quorum: 0 of 3 real servers are up; lb1 announces it/,
    );
    // It is kept for a moment again where the other director is late with an answer.
    await until('it says why', () => {
      const { out } = regent(host, 'why', 'anycast', 'web');
      return (
        /anycast web +released/.test(out) &&
        /decided by +service web has lost its quorum/.test(out) &&
        /would change +service web has its quorum/.test(out)
      );
    });
  });

  it('stay on the last director that announces them, until another has its services', async () => {
    const [host, other] = hosts;
    setAll(other, 'down');
    await logs(other, /stays announced: no other director announces it with its services/);
    await sleep(3000);
    assert.ok(isAnnounced(other));
    assert.ok((await askStatus(other))?.warnings.some((text) => /anycast web stays announced/.test(text)));
    setAll(host, 'up');
    await until('the other has its services, and announces', () => isAnnounced(host), 30_000);
    await until('the last one is withdrawn', () => !isAnnounced(other), 30_000);
    await logs(other, /is no longer announced without its services/);
  });

  it('are announced again by those that have withdrawn at once', async () => {
    const [host, other] = hosts;
    setAll(other, 'up');
    await until('both announce', () => hosts.every(isAnnounced));
    await sleep(2500);
    for (const one of hosts) setAll(one, 'down');
    await sleep(5000);
    assert.ok(isAnnounced(host) || isAnnounced(other), 'some director announces');
    for (const one of hosts) setAll(one, 'up');
    await until('both announce', () => hosts.every(isAnnounced), 30_000);
  });

  it('keep the order of servers through failures', async () => {
    const [host, other] = hosts;
    for (const state of ['down', 'up'] as const) {
      set(host, 'rs1', state);
      await until(`rs1 is ${state}`, async () => (await askStatus(host))?.services[0]?.servers[1]?.health === state);
    }
    assert.deepEqual(order(host), order(other));
  });

  it('need the quorum without keep_last', async () => {
    const [host] = hosts;
    configure(host, { keep_last: false });
    assert.equal(regent(host, 'reload').code, 0);
    for (const one of hosts) setAll(one, 'down');
    await until('it is withdrawn', () => !isAnnounced(host), 30_000);
    for (const one of hosts) setAll(one, 'up');
    await until('both announce', () => hosts.every(isAnnounced), 30_000);
  });

  it('leave no setting behind', async () => {
    first.kill('SIGTERM');
    assert.equal(await ended(first, 20_000), 0);
    assert.equal(sysctl(hosts[0], 'sloppy_tcp'), '0');
    assert.equal(isAnnounced(hosts[0]), false);
  });
});
