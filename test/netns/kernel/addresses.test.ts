// Addresses in this host's kernel: added, renewed, left to end by themselves, removed; foreign ones stay.

import assert from 'node:assert/strict';
import { type AddressEntry, addressKey } from '../../../kernel/route/address-entry.ts';
import { type AddressTable, openAddressTable } from '../../../kernel/route/addresses.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { connect, createNamespace, type Namespace, removeNamespaces } from '../namespaces.ts';

const sleep = (span: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, span));
const entry = (
  address: IpAddress,
  lifetime: AddressEntry['lifetime'] = 'forever',
  prefixLength = 32,
): AddressEntry => ({
  interface: 'enp0s9',
  address,
  prefixLength,
  lifetime,
});

describe('the table of addresses', () => {
  let namespace: Namespace;
  let table: AddressTable;
  before(() => {
    namespace = createNamespace('addresses');
    connect({ namespace, interface: 'enp0s9' }, { namespace, interface: 'peer0' });
    namespace.run('ip', 'address', 'add', '192.168.55.11/24', 'dev', 'enp0s9');
    table = namespace.enter(openAddressTable);
  });
  after(() => {
    table.close();
    removeNamespaces();
  });

  const list = (): AddressEntry[] => namespace.enter(() => table.list());
  const keys = (): string[] =>
    list()
      .filter((one) => one.interface === 'enp0s9' && !one.address.startsWith('fe80'))
      .map(addressKey)
      .sort();
  const apply = (type: 'add' | 'remove', ...entries: AddressEntry[]): (string | undefined)[] =>
    namespace.enter(() => table.apply(entries.map((one) => ({ type, entry: one })))).map(({ error }) => error?.message);
  const renew = (one: AddressEntry): (string | undefined)[] =>
    namespace.enter(() => table.apply([{ type: 'update', from: one, entry: one }])).map(({ error }) => error?.message);
  const own = 'enp0s9 192.168.55.11/24';

  it('lists what others have put there', () => assert.deepEqual(keys(), [own]));

  it('adds and removes in one batch, and foreign addresses stay', () => {
    const entries = [entry(ip('192.168.55.100')), entry(ip('192.168.55.101')), entry(ip('FD00::64'), 'forever', 128)];
    assert.deepEqual(apply('add', ...entries), [undefined, undefined, undefined]);
    assert.deepEqual(
      keys(),
      [own, 'enp0s9 192.168.55.100/32', 'enp0s9 192.168.55.101/32', 'enp0s9 fd00::64/128'].sort(),
    );
    assert.deepEqual(apply('remove', ...entries), [undefined, undefined, undefined]);
    assert.deepEqual(keys(), [own]);
  });

  it('adds with scope, label and broadcast, lists them, and adds anew where one of them changes', () => {
    const plain = entry(ip('192.168.56.1'), 'forever', 24);
    const other: AddressEntry = { ...plain, scope: 'link', label: 'enp0s9:vip', broadcast: ip('192.168.56.255') };
    assert.deepEqual(apply('add', other), [undefined]);
    const found = () => list().find(({ address }) => address === plain.address);
    assert.deepEqual(found(), other);
    assert.match(
      namespace.run('ip', '-oneline', 'address', 'show', 'dev', 'enp0s9'),
      /inet 192\.168\.56\.1\/24 brd 192\.168\.56\.255 scope link enp0s9:vip/,
    );
    const change = namespace.enter(() => table.apply([{ type: 'update', from: other, entry: plain }]));
    assert.deepEqual([change[0]?.error, found()], [undefined, plain]);
    apply('remove', plain);
  });

  it('adds an IPv6 address that is preferred, and one that is not, where their lengths say otherwise', () => {
    const entries = [
      { ...entry(ip('fd00::64'), 'forever', 128), preferred: true },
      { ...entry(ip('fd00::65'), 'forever', 64), preferred: false },
    ];
    apply('add', ...entries);
    const shown = namespace.run('ip', '-oneline', 'address', 'show', 'dev', 'enp0s9');
    assert.match(shown, /inet6 fd00::64\/128 scope global nodad \\/);
    assert.match(shown, /inet6 fd00::65\/64 scope global nodad deprecated/);
    assert.deepEqual(
      list().filter(({ address }) => address.startsWith('fd00::6')),
      entries.toReversed(),
    );
    apply('remove', ...entries);
  });

  it('adds at global scope, without broadcast; IPv6 at once usable but not preferred as a source', () => {
    apply('add', entry(ip('192.168.55.100')), entry(ip('fd00::64'), 'forever', 128));
    const shown = namespace.run('ip', '-oneline', 'address', 'show', 'dev', 'enp0s9');
    assert.match(shown, /inet 192\.168\.55\.100\/32 scope global enp0s9\\ +valid_lft forever preferred_lft forever/);
    assert.match(shown, /inet6 fd00::64\/128 scope global nodad deprecated/);
    apply('remove', entry(ip('192.168.55.100')), entry(ip('fd00::64'), 'forever', 128));
  });

  it('counts as done what is so already', () => {
    assert.deepEqual(apply('add', entry(ip('192.168.55.100')), entry(ip('192.168.55.100'))), [undefined, undefined]);
    assert.deepEqual(apply('remove', entry(ip('192.168.55.100')), entry(ip('192.168.55.100'))), [undefined, undefined]);
    assert.deepEqual(apply('remove', entry(ip('fd00::99'), 'forever', 128)), [undefined]);
    assert.deepEqual(apply('remove', { ...entry(ip('192.168.55.100')), interface: 'gone0' }), [undefined]);
  });

  it('names the address and the interface that failed, and does the others', () => {
    assert.deepEqual(
      apply(
        'add',
        { ...entry(ip('192.168.55.100')), interface: 'gone0' },
        entry(ip('192.168.55.101'), 'forever', 33),
        entry(ip('192.168.55.102')),
      ),
      [
        'Cannot add 192.168.55.100/32 to gone0: ENODEV (No such device)',
        'Cannot add 192.168.55.101/33 to enp0s9: EINVAL (Invalid argument: ipv4: Invalid prefix length)',
        undefined,
      ],
    );
    assert.deepEqual(keys(), ['enp0s9 192.168.55.102/32', own]);
    apply('remove', entry(ip('192.168.55.102')));
  });

  it('shows the lifetime that is left', () => {
    apply('add', entry(ip('192.168.55.100'), 60));
    const [found] = list().filter((one) => one.address === '192.168.55.100');
    assert.ok(typeof found?.lifetime === 'number' && found.lifetime >= 59 && found.lifetime <= 60);
    renew(entry(ip('192.168.55.100'), 'forever'));
    assert.equal(list().find((one) => one.address === '192.168.55.100')?.lifetime, 'forever');
    apply('remove', entry(ip('192.168.55.100')));
  });

  it('lets an address end with its lifetime, keeps one that is renewed, and leaves foreign ones', async function () {
    this.timeout(10_000);
    const [ending, renewed] = [entry(ip('192.168.55.100'), 1), entry(ip('192.168.55.101'), 1)];
    const [ending6, renewed6] = [entry(ip('fd00::64'), 1, 128), entry(ip('fd00::65'), 1, 128)];
    assert.deepEqual(apply('add', ending, renewed, ending6, renewed6).filter(Boolean), []);
    assert.equal(keys().length, 5);
    for (let elapsed = 0; elapsed < 3000; elapsed += 300) {
      await sleep(300);
      assert.deepEqual([...renew(renewed), ...renew(renewed6)], [undefined, undefined]);
    }
    assert.deepEqual(keys(), [own, addressKey(renewed), addressKey(renewed6)].sort());
    apply('remove', renewed, renewed6);
  });
});
