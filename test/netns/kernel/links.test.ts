// Links of this host's kernel.

import assert from 'node:assert/strict';
import { NETLINK_ROUTE, openNetlink } from '../../../kernel/netlink/socket.ts';
import { type Link, listLinks } from '../../../kernel/route/links.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

describe('listing links', () => {
  let near: Namespace;
  let far: Namespace;
  const list = (): Link[] =>
    near.enter(() => {
      const netlink = openNetlink(NETLINK_ROUTE);
      const links = listLinks(netlink);
      netlink.close();
      return links;
    });
  const find = (name: string): Link | undefined => list().find((link) => link.name === name);

  before(async () => {
    near = createNamespace('near');
    far = createNamespace('far');
    connect({ namespace: near, interface: 'enp0s9' }, { namespace: far, interface: 'far0' });
    near.run('ip', 'link', 'set', 'enp0s9', 'address', '52:54:00:12:34:56', 'mtu', '1400');
    await until('the carrier', () => find('enp0s9')?.up === true);
  });
  after(removeNamespaces);

  it('tells name, index, MAC and MTU', () => {
    const index = Number(near.run('cat', '/sys/class/net/enp0s9/ifindex'));
    assert.deepEqual(find('enp0s9'), {
      index,
      name: 'enp0s9',
      mac: '52:54:00:12:34:56',
      mtu: 1400,
      up: true,
      enabled: true,
      loopback: false,
    });
  });

  it('tells loopback, which has no MAC', () => {
    const lo = find('lo');
    assert.deepEqual([lo?.loopback, lo?.mac, lo?.up], [true, undefined, true]);
  });

  it('is not up without a carrier', async () => {
    far.run('ip', 'link', 'set', 'far0', 'down');
    await until('no carrier', () => find('enp0s9')?.up === false);
    far.run('ip', 'link', 'set', 'far0', 'up');
    await until('the carrier', () => find('enp0s9')?.up === true);
  });

  it('is not up when set down', () => {
    near.run('ip', 'link', 'set', 'enp0s9', 'down');
    assert.equal(find('enp0s9')?.up, false);
  });
});
