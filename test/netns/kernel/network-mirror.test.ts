// The mirror of links and addresses says what the kernel says, whatever is done to the network and whoever does it.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { NETLINK_ROUTE, type NetlinkSocket, openNetlink } from '../../../kernel/netlink/socket.ts';
import { type AddressEntry, addressKey } from '../../../kernel/route/address-entry.ts';
import { type AddressTable, openAddressTable } from '../../../kernel/route/addresses.ts';
import { listLinks } from '../../../kernel/route/links.ts';
import { mirrorNetwork, type NetworkMirror } from '../../../kernel/route/mirror.ts';
import type { NetworkChange } from '../../../kernel/route/monitor.ts';
import { ip } from '../../../net/ip-address.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

describe('the mirror of the network', () => {
  let namespace: Namespace;
  let netlink: NetlinkSocket;
  let table: AddressTable;
  let mirror: NetworkMirror;
  let lists = 0;
  const told: (readonly [NetworkChange['type'], boolean])[] = [];

  const open = (receiveBuffer?: number): NetworkMirror =>
    namespace.enter(() =>
      mirrorNetwork(
        {
          netlink,
          table: {
            list: () => {
              lists += 1;
              return table.list();
            },
          },
        },
        (change, before) => void told.push([change.type, before !== undefined]),
        receiveBuffer === undefined ? {} : { receiveBuffer },
      ),
    );

  before(() => {
    namespace = createNamespace('mirror');
    netlink = namespace.enter(() => openNetlink(NETLINK_ROUTE));
    table = namespace.enter(openAddressTable);
    connect({ namespace, interface: 'enp0s9', addresses: ['192.168.55.11/24'] }, { namespace, interface: 'peer0' });
    // Without link-local addresses of the kernel's own, which it makes whenever it likes.
    for (const name of ['enp0s9', 'peer0']) namespace.run('ip', 'link', 'set', name, 'addrgenmode', 'none', 'up');
    namespace.run('ip', '-6', 'address', 'flush', 'dev', 'enp0s9');
    mirror = open();
  });
  after(() => {
    mirror.close();
    table.close();
    netlink.close();
    removeNamespaces();
  });

  /** Without what the kernel changes by itself as time goes on. */
  const timeless = (entries: readonly AddressEntry[]): unknown[] =>
    entries
      .map((entry) => ({ ...entry, lifetime: entry.lifetime === 'forever' }))
      .sort((one, other) => (addressKey(one as never) < addressKey(other as never) ? -1 : 1));
  const byIndex = (links: readonly { readonly index: number }[]): unknown[] =>
    [...links].sort((left, right) => left.index - right.index);
  const pictures = (one: NetworkMirror) =>
    namespace.enter(() => [
      { addresses: timeless(one.addresses()), links: byIndex(one.links()) },
      { addresses: timeless(table.list()), links: byIndex(listLinks(netlink)) },
    ]);
  /** The kernel tells of a carrier, and of an address of IPv6, once it has finished with them. */
  const agrees = async (one: NetworkMirror = mirror): Promise<void> => {
    await until('it agrees', () => isDeepStrictEqual(...(pictures(one) as [unknown, unknown]))).catch(() => {
      const [actual, expected] = pictures(one);
      assert.deepEqual(actual, expected);
    });
  };

  const deeds: readonly (readonly string[])[] = [
    ['address', 'add', '192.168.55.100/32', 'dev', 'enp0s9', 'valid_lft', '5', 'preferred_lft', '5'],
    ['address', 'change', '192.168.55.100/32', 'dev', 'enp0s9', 'valid_lft', 'forever', 'preferred_lft', 'forever'],
    ['address', 'add', '192.168.55.12/24', 'dev', 'enp0s9', 'label', 'enp0s9:x'],
    ['-6', 'address', 'add', 'fd00::100/128', 'dev', 'enp0s9', 'nodad'],
    ['link', 'set', 'peer0', 'down'],
    ['link', 'set', 'peer0', 'up'],
    // The secondary of its subnet goes with it.
    ['address', 'del', '192.168.55.11/24', 'dev', 'enp0s9'],
    ['link', 'add', 'gone0', 'type', 'veth', 'peer', 'gone9'],
    ['address', 'add', '10.0.0.1/24', 'dev', 'gone0'],
    ['link', 'set', 'gone0', 'name', 'gone1'],
    ['link', 'set', 'gone1', 'address', '02:00:00:00:00:01', 'mtu', '1400', 'up'],
    ['link', 'set', 'enp0s9', 'down'],
    ['link', 'set', 'enp0s9', 'up'],
    ['link', 'del', 'gone1'],
    ['address', 'flush', 'dev', 'enp0s9'],
  ];

  for (const deed of deeds)
    it(`follows: ip ${deed.join(' ')}`, async () => {
      namespace.run('ip', ...deed);
      await agrees();
    });

  it('reads nothing again but after an interface got another name', () => assert.equal(lists, 2));

  it('tells an address that is new from one that is renewed', async () => {
    const entry = { interface: 'enp0s9', address: ip('192.168.55.100'), prefixLength: 32, lifetime: 5 } as const;
    told.length = 0;
    namespace.enter(() => {
      for (const lifetime of [5, 5, 9, 9, 5]) table.apply([{ type: 'add', entry: { ...entry, lifetime } }]);
      table.apply([{ type: 'remove', entry }]);
    });
    await agrees();
    assert.deepEqual(told, [
      ['address-added', false],
      ['address-added', true],
      ['address-added', true],
      ['address-removed', false],
    ]);
  });

  it('gives the same list until an address changes, however often leases are renewed', async () => {
    const entry = { interface: 'enp0s9', address: ip('192.168.55.101'), prefixLength: 32, lifetime: 5 } as const;
    const give = (lifetime: number): void =>
      namespace.enter(() => void table.apply([{ type: 'add', entry: { ...entry, lifetime } }]));
    give(5);
    await agrees();
    const before = mirror.addresses();
    give(5);
    give(5);
    await sleep(50);
    assert.equal(mirror.addresses(), before);
    give(6);
    await until('the change', () => mirror.addresses() !== before);
    namespace.enter(() => void table.apply([{ type: 'remove', entry }]));
    await agrees();
  });

  it('reads all again when it was told more than it could hear', async () => {
    const deaf = open(4096);
    try {
      await agrees(deaf);
      const many = Array.from({ length: 500 }, (_, index) => ({
        interface: 'enp0s9',
        address: ip(`10.1.${index >> 8}.${index & 0xff}`),
        prefixLength: 32,
        lifetime: 'forever' as const,
      }));
      namespace.enter(() => table.apply(many.map((entry) => ({ type: 'add', entry }))));
      await agrees(deaf);
      assert.ok(told.some(([type]) => type === 'overrun'));
    } finally {
      deaf.close();
    }
  });
});
