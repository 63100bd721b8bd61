// What an operator must be told of: another pair with the same id, peers that drop each other, a group that hears no master. And a
// router that joins a sync group costs the others nothing.

import assert from 'node:assert/strict';
import { askStatus, configure, regent, router, startConfigured } from '../controller/operated-director.ts';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, sleep } from './hosts.ts';

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
      await warned(host, /router vip: 192\.168\.55\.1[12] uses the virtual router id 51 for none of its addresses/);
    assert.match(left.log(), /dropped 1 from 192\.168\.55\.12 on enp0s9: foreign-addresses \(another pair/);
    assert.doesNotMatch(left.log(), /split brain/);
    await sleep(2000);
    assert.equal(holds(left, vip) && holds(right, other), true);
    assert.equal(regent(left, 'health').code, 1);
  });

  it('of another pair also where it is configured to count', async () => {
    configure(left, [{ ...router('vip', 51, 100, [vip]), ...fast, address_mismatch: 'accept' }]);
    configure(right, [{ ...router('vip', 51, 200, [other]), ...fast }]);
    for (const host of [left, right]) startConfigured(host);
    await warned(left, /its advertisements count \(address_mismatch: accept\)/);
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
      /router vip: advertisements of 192\.168\.55\.11 are dropped \(source\): if it is its peer, both may be/,
    );
    assert.equal(regent(right, 'health').code, 1);
    // Mended, the warning goes.
    configure(right, unicast('192.168.55.11'));
    regent(right, 'reload');
    await until('all is well', async () => (await askStatus(right))?.warnings.length === 0);
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
