// What an operator must be told of: another pair with the same id, peers that drop each other, a group that hears no master. And a
// router that joins a sync group costs the others nothing.

import assert from 'node:assert/strict';
import { askStatus, configure, regent, router, startConfigured } from '../controller/operated-director.ts';
import { connect, until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, pidOf, signal, sleep } from './hosts.ts';

const vip = '192.168.55.100/32';
const other = '192.168.55.200/32';

describe('an operator is told', () => {
  let [left, right]: [Host, Host] = [] as unknown as [Host, Host];
  beforeEach(() => {
    [left, right] = openHosts();
  });
  afterEach(() => closeHosts());

  const holds = (host: Host, address: string): boolean =>
    host.namespace.run('ip', '-oneline', '-4', 'address', 'show', 'dev', 'enp0s9').includes(` ${address} `);
  const warned = (host: Host, text: RegExp): Promise<void> =>
    until(
      `${host.namespace.name} warns ${text.source}`,
      async () => (await askStatus(host))?.warnings.some((one) => text.test(one)) === true,
    );
  const fast = { advertisement_interval: '200ms' };

  it('of another pair with the same id, which costs neither its address', async () => {
    configure(left, [{ ...router('vip', 51, 100, [vip]), ...fast }]);
    configure(right, [{ ...router('vip', 51, 200, [other]), ...fast }]);
    for (const host of [left, right]) startConfigured(host);
    await until('both hold theirs', () => holds(left, vip) && holds(right, other));
    for (const host of [left, right])
      await warned(host, /router vip: 192\.168\.55\.1[12] uses virtual router id 51 for other addresses/);
    await logs(left, /dropped 1 packet from 192\.168\.55\.12 on enp0s9: foreign-addresses \(another pair/);
    assert.doesNotMatch(left.log(), /split brain/);
    await sleep(2000);
    assert.equal(holds(left, vip) && holds(right, other), true);
    assert.equal(regent(left, 'health').code, 1);
  });

  it('of another pair also where it is configured to count', async () => {
    configure(left, [{ ...router('vip', 51, 100, [vip]), ...fast, address_mismatch: 'accept' }]);
    configure(right, [{ ...router('vip', 51, 200, [other]), ...fast }]);
    for (const host of [left, right]) startConfigured(host);
    await warned(left, /its advertisements are accepted \(address_mismatch: accept\)/);
    assert.equal(holds(left, vip), false);
  });

  it('of nothing while addresses are rolled out one director after the other', async () => {
    configure(left, [{ ...router('vip', 51, 100, [vip]), ...fast }]);
    configure(right, [{ ...router('vip', 51, 200, [vip, other]), ...fast }]);
    for (const host of [left, right]) startConfigured(host);
    await until('the higher one is master', () => holds(right, other));
    await logs(left, /the master is 192\.168\.55\.12/);
    await sleep(1000);
    assert.equal(holds(left, vip), false);
    assert.deepEqual((await askStatus(left))?.warnings, []);
  });

  it('of peers that drop each other', async () => {
    const unicast = (peer: string, keys: object = {}): object[] => [
      { ...router('vip', 51, 100, [vip]), ...fast, peers: [peer], ...keys },
    ];
    configure(left, unicast('192.168.55.12', { min_ttl: 255 }));
    configure(right, unicast('192.168.55.99'));
    for (const host of [left, right]) startConfigured(host);
    await warned(
      right,
      /router vip: advertisements of 192\.168\.55\.11 are dropped \(source\): if 192\.168\.55\.11 is a peer, both may be/,
    );
    assert.equal(regent(right, 'health').code, 1);
    // Mended, the warning goes.
    configure(right, unicast('192.168.55.11'));
    regent(right, 'reload');
    await until('all is well', async () => (await askStatus(right))?.warnings.length === 0);
  });

  it('of what a master should hold and does not, once, until it does', async () => {
    const { namespace } = left;
    connect({ namespace, interface: 'enp0s8' }, { namespace, interface: 'far' });
    namespace.run('sysctl', '-qw', 'net.ipv6.conf.enp0s8.disable_ipv6=1');
    const excluded = [
      { address: 'fd00:66::100/64', interface: 'enp0s8' },
      { address: '10.9.0.100/24', interface: 'enp0s7' },
    ];
    const routes = [{ to: '198.51.100.0/24', via: '172.31.0.1', interface: 'enp0s8' }];
    configure(left, [{ ...router('vip', 51, 100, [vip]), ...fast, excluded, routes }]);
    startConfigured(left);
    await warned(left, /router vip does not hold fd00:66::100\/64 on enp0s8: .*EACCES/);
    await warned(left, /router vip does not hold 10\.9\.0\.100\/24 on enp0s7: .*ENODEV/);
    await warned(left, /router vip does not hold route 198\.51\.100\.0\/24 .*ENETUNREACH/);
    assert.equal(holds(left, vip), true);
    assert.equal(regent(left, 'health').code, 1);
    await sleep(3000);
    assert.equal(left.log().match(/Cannot add fd00:66::100\/64/g)?.length, 1);
    assert.equal(left.log().match(/Cannot add .*198\.51\.100\.0/g)?.length, 1);
    // Each is tried again, and what is there again is not blamed on anybody.
    namespace.run('sysctl', '-qw', 'net.ipv6.conf.enp0s8.disable_ipv6=0');
    connect({ namespace, interface: 'enp0s7' }, { namespace, interface: 'away' });
    namespace.run('ip', 'address', 'add', '172.31.0.2/24', 'dev', 'enp0s8');
    await until('all is well', async () => (await askStatus(left))?.warnings.length === 0);
    await logs(left, /fd00:66::100\/64 is on enp0s8 now, where the kernel had refused it/);
    assert.doesNotMatch(left.log(), /by another program/);
    // An interface that goes takes its address with it.
    namespace.run('ip', 'link', 'del', 'enp0s7');
    await warned(left, /router vip does not hold 10\.9\.0\.100\/24 on enp0s7/);
  });

  it('of a rule, a route and a virtual MAC that something else stands in for, until they are its own', async () => {
    const { namespace } = left;
    namespace.run('ip', 'rule', 'add', 'from', '192.168.66.0/24', 'priority', '1000', 'table', '100');
    namespace.run('ip', 'route', 'add', 'blackhole', '198.51.100.0/24');
    namespace.run('ip', 'link', 'add', 'vrrp4-51', 'type', 'veth', 'peer', 'name', 'away');
    const rules = [{ from: '192.168.66.0/24', table: 100, priority: 1000 }];
    const routes = [{ to: '198.51.100.0/24', via: '192.168.55.12', interface: 'enp0s9' }];
    configure(left, [{ ...router('vip', 51, 100, [vip]), ...fast, rules, routes, virtual_mac: true }]);
    startConfigured(left);
    await warned(left, /router vip does not hold route 198\.51\.100\.0\/24 .*EEXIST/);
    await warned(left, /router vip does not hold the virtual MAC 00:00:5e:00:01:33 on vrrp4-51: .*EEXIST/);
    assert.equal(regent(left, 'health').code, 1);
    await sleep(3000);
    for (const what of ['Cannot add the route 198', 'Cannot add vrrp4-51 with'])
      assert.equal(left.log().match(new RegExp(what, 'g'))?.length, 1, what);
    namespace.run('ip', 'rule', 'del', 'priority', '1000');
    namespace.run('ip', 'route', 'del', '198.51.100.0/24');
    namespace.run('ip', 'link', 'del', 'vrrp4-51');
    await until('all is well', async () => (await askStatus(left))?.warnings.length === 0);
    assert.match(namespace.run('ip', 'rule', 'show'), /1000:\s+from 192\.168\.66\.0\/24 lookup 100 proto (vrrp|112)/);
    assert.match(namespace.run('ip', 'route', 'show'), /198\.51\.100\.0\/24 via 192\.168\.55\.12/);
    assert.match(namespace.run('ip', '-details', 'link', 'show', 'vrrp4-51'), /00:00:5e:00:01:33[\s\S]*macvlan/);
  });

  it('that a lease has run out, and not that somebody removed the address', async () => {
    configure(left, [{ ...router('vip', 51, 100, [vip]), advertisement_interval: '1s' }]);
    startConfigured(left);
    await until('it is master', () => holds(left, vip));
    await sleep(1000);
    const pid = pidOf(left, 'vrrp');
    signal(pid, 'SIGSTOP');
    await until('the lease has run out', () => !holds(left, vip));
    signal(pid, 'SIGCONT');
    await until('it is back', () => holds(left, vip));
    assert.doesNotMatch(left.log(), /by another program/);
  });

  it('nothing of an IPv6 takeover with a virtual MAC', async () => {
    const six = { name: 'six', interface: 'enp0s9', virtual_router_id: 66, ...fast, virtual_mac: true };
    configure(left, [{ ...six, addresses: ['fe80::66/64', 'fd00:55::66/64'] }]);
    await sleep(2500);
    startConfigured(left);
    await logs(left, /backup -> master/);
    await sleep(2000);
    assert.doesNotMatch(left.log(), /by another program/);
    assert.deepEqual((await askStatus(left))?.warnings, []);
  });

  it('of a member of a sync group that hears no master, and waits for the others', async () => {
    const groups = [{ name: 'both', routers: ['vip', 'second'] }];
    const routers = [
      { ...router('vip', 51, 100, [vip]), ...fast },
      { ...router('second', 52, 100, [other]), ...fast },
    ];
    configure(left, [], { vrrp: { routers, groups } });
    configure(right, [{ ...router('vip', 51, 200, [vip]), ...fast }]);
    startConfigured(right);
    await until('the peer is master', () => holds(right, vip));
    startConfigured(left);
    await warned(left, /router second hears no master and waits for the others of its sync group/);
  });

  it('nothing, and no address goes, when a router is added to a sync group', async () => {
    const first = { ...router('vip', 51, 100, [vip]), ...fast };
    const second = { ...router('second', 52, 100, [other]), ...fast };
    const grouped = (routers: readonly object[], ...names: readonly string[]): void =>
      configure(left, [], { vrrp: { routers, groups: [{ name: 'both', routers: names }] } });
    const third = { ...router('third', 53, 100, ['192.168.55.101/32']), ...fast };
    grouped([first, third], 'vip', 'third');
    startConfigured(left);
    await until('it is master', () => holds(left, vip));
    grouped([first, third, second], 'vip', 'third', 'second');
    assert.equal(regent(left, 'reload').code, 0);
    while (!holds(left, other)) {
      assert.equal(holds(left, vip), true);
      await sleep(10);
    }
    assert.doesNotMatch(left.log(), /master -> /);
  });
});
