// The virtual MAC on a real network: neighbours learn it once, a failover changes nothing for them, and nothing of it is left behind.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Namespace, until } from '../namespaces.ts';
import {
  closeHosts,
  ended,
  type Host,
  logs,
  openHosts,
  pidOf,
  signal,
  startDirector,
  virtualAddress,
} from './hosts.ts';

const mac = '00:00:5e:00:01:33';
const keys = { advertisement_interval: '200ms', virtual_mac: true };

/** Source MACs of the advertisements that arrive at an interface. */
const captureMacs = async (namespace: Namespace): Promise<{ macs: () => string[]; stop: () => void }> => {
  const tcpdump = ['tcpdump', '-i', 'enp0s9', '-e', '-n', '-l', '-Q', 'in', '--immediate-mode', 'ip proto 112'];
  const child = spawn('ip', ['netns', 'exec', namespace.name, ...tcpdump], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child.stderr, 'data');
  return {
    macs: () => [...text.matchAll(/^\S+ (\S+) > .*VRRP/gm)].map(([, source]) => source ?? ''),
    stop: () => void child.kill('SIGTERM'),
  };
};

describe('a virtual MAC', function () {
  this.timeout(60_000);
  let own: Host;
  let other: Host;
  let director: ChildProcess;
  beforeEach(() => {
    [own, other] = openHosts();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(`${own.log()}\n${other.log()}`);
    await closeHosts();
  });
  const link = (host: Host): string => host.namespace.run('ip', '-details', '-oneline', 'link', 'show');
  const holds = (host: Host): boolean =>
    host.namespace.run('ip', '-oneline', 'address', 'show').includes(`vrrp4-51    inet ${virtualAddress} `);
  const isUp = (host: Host): boolean => /vrrp4-51@enp0s9: <[^>]*\bUP\b/.test(link(host));
  const arpIgnore = (host: Host): string =>
    host.namespace.run('cat', '/proc/sys/net/ipv4/conf/enp0s9/arp_ignore').trim();

  it('is on an interface of its own, advertised from, answered with, and moves with the master', async () => {
    director = startDirector(own, 150, keys);
    await until('it rules', () => holds(own) && isUp(own));
    assert.match(link(own), new RegExp(`vrrp4-51@enp0s9:.* link/ether ${mac} .* macvlan mode private`));
    assert.equal(arpIgnore(own), '1');
    await logs(own, /vrrp4-51\/arp_ignore 0 -> 1: the virtual MAC answers for the virtual addresses/);
    const capture = await captureMacs(other.namespace);
    other.namespace.run('ping', '-c1', '-W2', '192.168.55.100');
    const neighbours = () => other.namespace.run('ip', 'neighbour', 'show', 'dev', 'enp0s9');
    assert.match(neighbours(), new RegExp(`192\\.168\\.55\\.100 lladdr ${mac}`));
    other.namespace.run('ping', '-c1', '-W2', '192.168.55.11');
    assert.doesNotMatch(neighbours(), new RegExp(`192\\.168\\.55\\.11 lladdr ${mac}`));
    await until('advertisements come', () => capture.macs().length >= 3);
    capture.stop();
    assert.deepEqual([...new Set(capture.macs())], [mac]);

    startDirector(other, 100, keys);
    await until('the other one listens', () => other.log().includes('the master is 192.168.55.11'));
    assert.ok(!isUp(other), "a backup's is down");
    director.kill('SIGTERM');
    assert.equal(await ended(director, 15_000), 0);
    await until('the other one rules', () => holds(other) && isUp(other));
    own.namespace.run('ping', '-c1', '-W2', '192.168.55.100');
    assert.doesNotMatch(link(own), /vrrp4-51/);
    assert.equal(arpIgnore(own), '0');
    assert.doesNotMatch(`${own.log()}${other.log()}`, /split brain|kernel-error/);
  });

  it('has its settings on an interface below that comes later, and on one that was made anew', async () => {
    const remake = (): void =>
      connect({ namespace: own.namespace, interface: 'enp0s8' }, { namespace: own.namespace, interface: 'far' });
    const arp = (key: string): string => own.namespace.run('cat', `/proc/sys/net/ipv4/conf/enp0s8/${key}`).trim();
    const isSet = (): boolean => arp('arp_ignore') === '1' && arp('arp_announce') === '2';
    startDirector(own, 150, { ...keys, interface: 'enp0s8' });
    await logs(own, /runs 1 virtual routers/);
    remake();
    await until('its settings stand', isSet);
    own.namespace.run('ip', 'address', 'add', '10.7.0.1/24', 'dev', 'enp0s8');
    await until('it rules', () => holds(own));
    own.namespace.run('ip', 'link', 'del', 'enp0s8');
    await until('it is gone', () => !link(own).includes('vrrp4-51'));
    remake();
    await until('its settings stand again', isSet);
    own.namespace.run('ip', 'address', 'add', '10.7.0.1/24', 'dev', 'enp0s8');
    await until('it rules again', () => holds(own));
    assert.equal(isSet(), true);
  });

  it('lets two masters hear each other although their frames have one MAC', async () => {
    startDirector(other, 100, keys);
    await until('the lower one rules', () => holds(other));
    startDirector(own, 150, keys);
    await until('the higher one takes over', () => holds(own) && !holds(other));
    await until('the lower one stays backup', () => !isUp(other));
    const filter = 'add table ip cut; add chain ip cut in { type filter hook input priority 0; policy drop; }';
    for (const { namespace } of [own, other]) namespace.run('nft', filter);
    await until('both rule', () => holds(own) && holds(other));
    for (const { namespace } of [own, other]) namespace.run('nft', 'delete table ip cut');
    await until('one of them gives way', () => holds(own) && !holds(other));
  });

  it('is found again after a crash, and removed when it is configured no more', async () => {
    director = startDirector(own, 150, keys);
    await until('it rules', () => holds(own) && isUp(own));
    const index = /(\d+): vrrp4-51@/.exec(link(own))?.[1];
    const pid = pidOf(own, 'vrrp');
    for (const one of [director.pid, pid]) if (one !== undefined) signal(one, 'SIGSTOP');
    for (const one of [director.pid, pid]) if (one !== undefined) signal(one, 'SIGKILL');
    await ended(director);
    director = startDirector(own, 150, keys);
    const takeovers = () => own.log().match(/"message":"backup -> master/g)?.length ?? 0;
    await until('it rules again', () => takeovers() === 2 && holds(own) && isUp(own));
    assert.equal(/(\d+): vrrp4-51@/.exec(link(own))?.[1], index);
    own.namespace.run('ip', 'link', 'del', 'vrrp4-51');
    await until('it is made again', () => holds(own) && isUp(own));
    assert.doesNotMatch(own.log(), /master -> /);
    const after = pidOf(own, 'vrrp');
    for (const one of [director.pid, after]) if (one !== undefined) signal(one, 'SIGSTOP');
    for (const one of [director.pid, after]) if (one !== undefined) signal(one, 'SIGKILL');
    await ended(director);
    startDirector(own, 150, { advertisement_interval: '200ms' });
    await until('it is gone', () => !link(own).includes('vrrp4-51'));
    await until('the address is on the own interface', () => own.holds());
  });
});
