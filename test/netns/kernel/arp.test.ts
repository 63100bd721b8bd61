// Gratuitous ARP on a wire: what the neighbour's interface receives.

import assert from 'node:assert/strict';
import { type Announcer, openAnnouncer } from '../../../kernel/arp.ts';
import {
  AF_PACKET,
  bindSocket,
  closeDescriptor,
  interfaceIndex,
  openSocket,
  receive,
  SOCK_RAW,
} from '../../../kernel/libc.ts';
import { pack } from '../../../kernel/netlink.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

describe('announcing an address', () => {
  const mac = '52:54:00:12:34:56';
  let near: Namespace;
  let far: Namespace;
  let announcer: Announcer;
  let index = 0;
  let capture = -1;
  before(async () => {
    near = createNamespace('near');
    far = createNamespace('far');
    connect(
      { namespace: near, interface: 'enp0s9' },
      { namespace: far, interface: 'far0', addresses: ['192.168.55.200/24'] },
    );
    near.run('ip', 'link', 'set', 'enp0s9', 'address', mac);
    index = near.enter(() => interfaceIndex('enp0s9')) ?? 0;
    capture = far.enter(() => {
      const arp = Buffer.from([0x08, 0x06]);
      const fd = openSocket(AF_PACKET, SOCK_RAW, arp.readUInt16LE());
      const device = pack(['u32', interfaceIndex('far0') ?? 0]);
      bindSocket(fd, Buffer.concat([pack(['u16', AF_PACKET]), arp, device, Buffer.alloc(12)]));
      return fd;
    });
    announcer = near.enter(openAnnouncer);
    await until('the carrier', () => near.run('cat', '/sys/class/net/enp0s9/operstate').trim() === 'up');
  });
  after(() => {
    closeDescriptor(capture);
    announcer.close();
    removeNamespaces();
  });

  it('sends one broadcast frame that says whose the address is', () => {
    assert.deepEqual(announcer.announce([{ interfaceIndex: index, mac, address: '192.168.55.100' }]), []);
    const frame = Buffer.alloc(100);
    const length = receive(capture, frame);
    assert.equal(
      frame.subarray(0, length).toString('hex'),
      'ffffffffffff' + '525400123456' + '0806' + '0001080006040001525400123456c0a83764ffffffffffffc0a83764',
    );
    assert.equal(receive(capture, frame), undefined);
  });

  it('makes a neighbour forget the old MAC', () => {
    far.run(
      'ip',
      'neighbour',
      'replace',
      '192.168.55.100',
      'lladdr',
      '02:00:00:00:00:01',
      'dev',
      'far0',
      'nud',
      'stale',
    );
    announcer.announce([{ interfaceIndex: index, mac, address: '192.168.55.100' }]);
    assert.match(far.run('ip', 'neighbour', 'show', '192.168.55.100'), new RegExp(`lladdr ${mac}`));
  });

  it('names what could not be sent, and sends the rest', () => {
    while (receive(capture, Buffer.alloc(100)) !== undefined);
    const failures = announcer.announce([
      { interfaceIndex: 9999, mac, address: '192.168.55.100' },
      { interfaceIndex: index, mac, address: '192.168.55.101' },
    ]);
    assert.deepEqual(
      failures.map(({ message }) => message),
      ['Cannot announce 192.168.55.100 on interface 9999: ENXIO (No such device or address)'],
    );
    assert.notEqual(receive(capture, Buffer.alloc(100)), undefined);
  });
});
