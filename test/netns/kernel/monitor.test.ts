// Changes of links and addresses as the kernel announces them, and what happens when there are too many.

import assert from 'node:assert/strict';
import type { AddressEntry } from '../../../kernel/route/address-entry.ts';
import { openAddressTable } from '../../../kernel/route/addresses.ts';
import { type NetworkChange, watchNetwork } from '../../../kernel/route/monitor.ts';
import { ip } from '../../../net/ip-address.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

describe('watching the network', () => {
  let namespace: Namespace;
  let changes: NetworkChange[] = [];
  let close: () => void = () => undefined;

  const watch = (receiveBuffer?: number): void => {
    changes = [];
    const listener = (change: NetworkChange): void => void changes.push(change);
    close = namespace.enter(() => watchNetwork(listener, receiveBuffer === undefined ? {} : { receiveBuffer })).close;
  };
  const apply = (type: 'add' | 'remove', entries: readonly AddressEntry[]): void =>
    namespace.enter(() => {
      const table = openAddressTable();
      const failures = table
        .apply(entries.map((entry) => ({ type, entry })))
        .filter(({ error }) => error !== undefined);
      table.close();
      assert.deepEqual(failures, []);
    });
  const many = Array.from(
    { length: 4000 },
    (_, index): AddressEntry => ({
      interface: 'enp0s9',
      address: ip(`10.1.${index >> 8}.${index & 0xff}`),
      prefixLength: 32,
      lifetime: 'forever',
    }),
  );
  const vip: AddressEntry = {
    interface: 'enp0s9',
    address: ip('192.168.55.100'),
    prefixLength: 32,
    lifetime: 'forever',
  };
  const isAbout =
    (type: NetworkChange['type'], name: string) =>
    (change: NetworkChange): boolean =>
      change.type === type &&
      (('link' in change && change.link.name === name) || ('entry' in change && change.entry.address === name));

  before(() => {
    namespace = createNamespace('monitor');
    // No link-local addresses, which come a second after a link, among those that are counted.
    namespace.run('sysctl', '-q', '-w', 'net.ipv6.conf.default.addr_gen_mode=1');
    connect({ namespace, interface: 'enp0s9' }, { namespace, interface: 'peer0' });
  });
  afterEach(() => close());
  after(removeNamespaces);

  it('tells addresses that come and go', async () => {
    watch();
    apply('add', [vip]);
    apply('remove', [vip]);
    await until('both', () => changes.length >= 2);
    assert.deepEqual(changes, [
      { type: 'address-added', entry: vip },
      { type: 'address-removed', entry: vip },
    ]);
  });

  it('tells IPv6 addresses', async () => {
    watch();
    apply('add', [{ ...vip, address: ip('fd00::64'), prefixLength: 128 }]);
    await until('it', () => changes.some(isAbout('address-added', ip('fd00::64'))));
    apply('remove', [{ ...vip, address: ip('fd00::64'), prefixLength: 128 }]);
    await until('it', () => changes.some(isAbout('address-removed', ip('fd00::64'))));
  });

  it('tells links that go down, are renamed and vanish, with their addresses', async () => {
    namespace.run('ip', 'link', 'add', 'gone0', 'type', 'veth', 'peer', 'gone9');
    namespace.run('ip', 'link', 'set', 'gone9', 'up');
    watch();
    namespace.run('ip', 'link', 'set', 'gone0', 'up');
    await until('up', () =>
      changes.some((change) => change.type === 'link' && change.link.name === 'gone0' && change.link.up),
    );
    namespace.run('ip', 'link', 'set', 'gone0', 'name', 'gone1');
    namespace.run('ip', 'address', 'add', '10.9.9.9/32', 'dev', 'gone1');
    namespace.run('ip', 'link', 'del', 'gone1');
    await until('its end', () => changes.some(isAbout('link-removed', 'gone1')));
    const removed = changes.find(isAbout('address-removed', ip('10.9.9.9')));
    assert.equal(removed?.type === 'address-removed' && removed.entry.interface, 'gone1');
  });

  it('does not take an interface that leaves a bridge for one that is gone', async () => {
    namespace.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    namespace.run('ip', 'link', 'set', 'peer0', 'master', 'br0');
    watch();
    namespace.run('ip', 'link', 'set', 'peer0', 'nomaster');
    namespace.run('ip', 'link', 'del', 'br0');
    await until('the end of the bridge', () => changes.some(isAbout('link-removed', 'br0')));
    assert.deepEqual(changes.filter(isAbout('link-removed', 'peer0')), []);
  });

  it('tells all of 4,000 addresses that came while the loop was blocked', async () => {
    watch();
    // Synchronous: nothing is read meanwhile.
    apply('add', many);
    await until('all', () => changes.length >= 4000);
    apply('remove', many);
    assert.deepEqual(
      changes.map((change) => change.type === 'address-added' && change.entry.address),
      many.map(({ address }) => address),
    );
  });

  it('tells an overrun, and goes on telling', async () => {
    watch(4096);
    apply('add', many);
    await until('an overrun', () => changes.some(({ type }) => type === 'overrun'));
    apply('remove', many);
    // The removals have overrun it again; read until it is quiet.
    await new Promise((resolve) => setTimeout(resolve, 100));
    changes = [];
    apply('add', [vip]);
    await until('the next', () => changes.length > 0);
    apply('remove', [vip]);
    assert.deepEqual(changes[0], { type: 'address-added', entry: vip });
  });

  it('is silent once it is closed', async () => {
    watch();
    close();
    apply('add', [vip]);
    apply('remove', [vip]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(changes, []);
  });
});
