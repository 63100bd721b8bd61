// Announcements on a wire: what the neighbour's interface receives, of gratuitous ARP and of neighbour advertisements.

import assert from 'node:assert/strict';
import { pack } from '../../../kernel/netlink/codec.ts';
import { type Announcement, type Announcer, openAnnouncer } from '../../../kernel/sockets/announcer.ts';
import {
  AF_PACKET,
  bindSocket,
  closeDescriptor,
  interfaceIndex,
  openSocket,
  receive,
  SOCK_RAW,
} from '../../../kernel/system/libc.ts';
import { ip } from '../../../net/ip-address.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

describe('announcing an address', () => {
  const mac = '52:54:00:12:34:56';
  let near: Namespace;
  let far: Namespace;
  let announcer: Announcer;
  let index = 0;
  let capture = -1;
  /** What arrives at the neighbour of one protocol. */
  const openCapture = (protocol: number): number =>
    far.enter(() => {
      const bytes = Buffer.from([protocol >> 8, protocol & 0xff]);
      const fd = openSocket(AF_PACKET, SOCK_RAW, bytes.readUInt16LE());
      const device = pack(['u32', interfaceIndex('far0') ?? 0]);
      bindSocket(fd, Buffer.concat([pack(['u16', AF_PACKET]), bytes, device, Buffer.alloc(12)]));
      return fd;
    });
  const announceNear = (list: readonly Announcement[]) => near.enter(() => announcer.announce(list));
  before(async () => {
    near = createNamespace('near');
    far = createNamespace('far');
    connect(
      { namespace: near, interface: 'enp0s9' },
      { namespace: far, interface: 'far0', addresses: ['192.168.55.200/24', 'fd00::200/64'] },
    );
    near.run('ip', 'link', 'set', 'enp0s9', 'address', mac);
    index = near.enter(() => interfaceIndex('enp0s9')) ?? 0;
    capture = openCapture(0x0806);
    announcer = near.enter(openAnnouncer);
    await until('the carrier', () => near.run('cat', '/sys/class/net/enp0s9/operstate').trim() === 'up');
    await until('its own', () => far.run('cat', '/sys/class/net/far0/operstate').trim() === 'up');
  });
  after(() => {
    closeDescriptor(capture);
    announcer.close();
    removeNamespaces();
  });

  it('sends one broadcast frame that says whose the address is', () => {
    assert.deepEqual(announcer.announce([{ interfaceIndex: index, mac, address: ip('192.168.55.100') }]), []);
    const frame = Buffer.alloc(100);
    const length = receive(capture, frame);
    assert.equal(
      frame.subarray(0, length).toString('hex'),
      'ffffffffffff' + '525400123456' + '0806' + '0001080006040001525400123456c0a83764ffffffffffffc0a83764',
    );
    assert.equal(receive(capture, frame), undefined);
  });

  for (const [forwarding, flag] of [
    ['1', 'a0'],
    ['0', '20'],
  ] as const)
    it(`sends one advertisement to all nodes, with the Router flag of forwarding ${forwarding}`, () => {
      near.run('sysctl', '-qw', `net.ipv6.conf.enp0s9.forwarding=${forwarding}`);
      const capture6 = openCapture(0x86dd);
      assert.deepEqual(announceNear([{ interfaceIndex: index, mac, address: ip('fd00::100') }]), []);
      const frame = Buffer.alloc(200);
      let text = '';
      // The kernel says things of its own on a fresh interface.
      for (let length = receive(capture6, frame); length !== undefined; length = receive(capture6, frame)) {
        if (frame[54] === 136) text = frame.subarray(0, length).toString('hex');
      }
      closeDescriptor(capture6);
      const target = `fd00${'0'.repeat(24)}0100`;
      assert.match(
        text,
        new RegExp(
          `^333300000001525400123456` +
            `86dd6c00000000203aff${target}ff02${'0'.repeat(27)}1` +
            `8800....${flag}000000${target}0201525400123456$`,
        ),
      );
    });

  it('makes a neighbour forget the old MAC of an IPv6 address', () => {
    const entry = ['fd00::100', 'lladdr', '02:00:00:00:00:01', 'dev', 'far0', 'nud', 'stale'];
    far.run('ip', 'neighbour', 'replace', ...entry);
    announceNear([{ interfaceIndex: index, mac, address: ip('fd00::100') }]);
    assert.match(far.run('ip', 'neighbour', 'show', 'fd00::100'), new RegExp(`lladdr ${mac}`));
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
    announcer.announce([{ interfaceIndex: index, mac, address: ip('192.168.55.100') }]);
    assert.match(far.run('ip', 'neighbour', 'show', '192.168.55.100'), new RegExp(`lladdr ${mac}`));
  });

  it('names what could not be sent, and sends the rest', () => {
    while (receive(capture, Buffer.alloc(100)) !== undefined);
    const failures = announcer.announce([
      { interfaceIndex: 9999, mac, address: ip('192.168.55.100') },
      { interfaceIndex: index, mac, address: ip('192.168.55.101') },
    ]);
    assert.deepEqual(
      failures.map(({ message }) => message),
      ['Cannot announce 192.168.55.100 on interface 9999: ENXIO (No such device or address)'],
    );
    assert.notEqual(receive(capture, Buffer.alloc(100)), undefined);
  });
});
