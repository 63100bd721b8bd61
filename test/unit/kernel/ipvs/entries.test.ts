// IPVS entries as the bytes of ip_vs.h, and back.

import assert from 'node:assert/strict';
import { commandAttributes, ipvsCommands } from '../../../../kernel/ipvs/attributes.ts';
import { decodeDestination, decodeService, destinationValues, serviceValues } from '../../../../kernel/ipvs/codec.ts';
import {
  type DestinationEntry,
  destinationKey,
  isSameDestination,
  isSameService,
  type ServiceEntry,
  serviceKey,
} from '../../../../kernel/ipvs/entries.ts';
import { reconcile } from '../../../../kernel/ipvs/table.ts';
import { isMalformed } from '../../../../kernel/netlink/codec.ts';
import { decodeCommand, encodeCommand } from '../../../../kernel/netlink/generic-netlink.ts';
import { ip } from '../../../../net/ip-address.ts';

const web: ServiceEntry = { protocol: 'tcp', address: ip('192.168.55.100'), port: 80, scheduler: 'wrr' };
const web6: ServiceEntry = { protocol: 'tcp', address: ip('fd00::64'), port: 80, scheduler: 'rr' };
const server: DestinationEntry = {
  service: web,
  address: ip('192.168.66.111'),
  port: 80,
  forwarding: 'masq',
  weight: 100,
};

const hex = (text: string): string => text.replaceAll(/\s|\|/g, '');

describe('IPVS entries', () => {
  it('keys an entry in one spelling', () => {
    assert.equal(serviceKey(web), 'tcp 192.168.55.100:80');
    assert.equal(serviceKey({ ...web6, address: ip('FD00:0::0064') }), 'tcp [fd00::64]:80');
    assert.equal(destinationKey(server), 'tcp 192.168.55.100:80 -> 192.168.66.111:80');
  });

  // Little-endian, as every machine that the lab runs on.
  it('encodes a new service as ip_vs.h lays it out', () => {
    const bytes = encodeCommand(ipvsCommands.newService, 1, commandAttributes, {
      service: serviceValues(web),
    });
    assert.equal(
      bytes.toString('hex'),
      hex(`01010000 | 48000180
        06000100 02000000 | 06000200 06000000 | 08000300 c0a83764 | 06000400 00500000
        08000600 77727200 | 0c000700 00000000 ffffffff | 08000800 00000000 | 08000900 ffffffff`),
    );
  });

  it('encodes a new destination as ip_vs.h lays it out', () => {
    const bytes = encodeCommand(ipvsCommands.newDestination, 1, commandAttributes, {
      destination: destinationValues(server),
    });
    assert.equal(
      bytes.toString('hex'),
      hex(`05010000 | 3c000280
        08000100 c0a8426f | 06000200 00500000 | 08000300 00000000 | 08000400 64000000
        08000500 00000000 | 08000600 00000000 | 06000b00 02000000`),
    );
  });

  for (const [forwarding, number] of [
    ['masq', 0],
    ['tunnel', 2],
    ['direct', 3],
  ] as const)
    it(`numbers ${forwarding} ${number} (IP_VS_CONN_F_*)`, () =>
      assert.equal(destinationValues({ ...server, forwarding })?.forwarding, number));

  it('takes a whole IPv6 address as the netmask', () => {
    assert.equal(serviceValues(web6)?.netmask?.toString('hex'), '80000000');
  });

  for (const [what, entry, flags, timeout, netmask] of [
    ['nothing', {}, '00000000', 0, 'ffffffff'],
    ['persistence', { persistence: { timeout: 360, prefixLength: 24 } }, '01000000', 360, 'ffffff00'],
    [
      'persistence of everybody in half the world',
      { persistence: { timeout: 1, prefixLength: 1 } },
      '01000000',
      1,
      '80000000',
    ],
    ['one-packet scheduling', { onePacket: true }, '04000000', 0, 'ffffffff'],
    ['a fallback', { fallback: true }, '08000000', 0, 'ffffffff'],
    ['hashing of the port', { hashPort: true }, '10000000', 0, 'ffffffff'],
  ] as const)
    it(`flags ${what} as ip_vs.h does, clears what is not wanted, and reads it back`, () => {
      const service = { ...web, ...entry };
      const values = serviceValues(service);
      assert.equal(values?.flags?.toString('hex'), `${flags}ffffffff`);
      assert.deepEqual([values?.timeout, values?.netmask?.toString('hex')], [timeout, netmask]);
      const { statistics, ...read } = decodeService(values ?? {}) ?? {};
      assert.deepEqual(read, service);
    });

  it('finds a service by a firewall mark, and keys it by its family', () => {
    const marked = { firewallMark: 7, family: 'ipv6', scheduler: 'rr' } as const;
    const values = serviceValues(marked);
    assert.deepEqual(
      [values?.family, values?.firewallMark, values?.address, values?.port],
      [10, 7, undefined, undefined],
    );
    assert.equal(serviceKey(decodeService(values ?? {}) ?? web), 'mark 7 ipv6');
    assert.equal(serviceKey({ firewallMark: 7, family: 'ipv4' }), 'mark 7');
  });

  it('wraps a tunnelled packet, and nothing else', () => {
    const tunnel = { type: 'gue', port: 6080, checksum: 'remote' } as const;
    const tunnelled: DestinationEntry = { ...server, forwarding: 'tunnel', tunnel };
    const values = destinationValues(tunnelled);
    assert.deepEqual([values?.tunnelType, values?.tunnelPort, values?.tunnelFlags], [1, 6080, 2]);
    assert.deepEqual(decodeDestination(web, values ?? {})?.tunnel, tunnel);
    assert.equal(destinationValues({ ...server, tunnel })?.tunnelType, undefined);
  });

  const thresholds = { upperThreshold: 9, lowerThreshold: 5 };
  const gre = { type: 'gre', port: 0, checksum: 'none' } as const;
  for (const [what, other] of [
    ['weight', { weight: 1 }],
    ['forwarding', { forwarding: 'direct' }],
    ['threshold', { upperThreshold: 9 }],
    ['lower threshold', { upperThreshold: 9, lowerThreshold: 4 }],
    ['tunnel', { forwarding: 'tunnel', tunnel: gre }],
  ] as const)
    it(`takes destinations of another ${what} for different`, () =>
      assert.ok(!isSameDestination(server, { ...server, ...other })));
  it('takes what says the same in other words for the same', () => {
    assert.ok(isSameDestination({ ...server, upperThreshold: 0 }, server));
    assert.ok(isSameDestination({ ...server, ...thresholds }, { ...server, ...thresholds }));
    const plain = { type: 'ipip', port: 0, checksum: 'none' } as const;
    assert.ok(
      isSameDestination({ ...server, forwarding: 'tunnel' }, { ...server, forwarding: 'tunnel', tunnel: plain }),
    );
    assert.ok(isSameService({ ...web, onePacket: false }, web));
    assert.ok(!isSameService({ ...web, fallback: true }, web));
    assert.ok(!isSameService({ ...web, persistence: { timeout: 1, prefixLength: 32 } }, web));
  });

  it('reads what it wrote; addresses may be padded to 16 bytes', () => {
    for (const entry of [web, web6]) {
      const values = serviceValues(entry);
      const address = Buffer.concat([values?.address ?? Buffer.alloc(0), Buffer.alloc(16)]).subarray(0, 16);
      const bytes = encodeCommand(1, 1, commandAttributes, { service: { ...values, address } });
      const decoded = decodeCommand(commandAttributes, bytes);
      assert.ok(!isMalformed(decoded));
      const { statistics, ...read } = decodeService(decoded.service ?? {}) ?? {};
      assert.deepEqual(read, entry);
      assert.equal(statistics?.connections, 0n);
    }
    const read = decodeDestination(web, { ...destinationValues(server), activeConnections: 2 });
    assert.equal(read?.activeConnections, 2);
    assert.equal(destinationKey(read ?? server), destinationKey(server));
    assert.deepEqual([read?.forwarding, read?.weight], ['masq', 100]);
  });

  for (const [type, entry, code, verdict] of [
    ['add', web, 'EEXIST', 'update'],
    ['add', web, 'ENOENT', 'refused'],
    ['add', server, 'EEXIST', 'update'],
    ['add', server, 'ESRCH', 'refused'],
    ['update', web, 'ESRCH', 'add'],
    ['update', web, 'ENOENT', 'refused'],
    ['update', server, 'ENOENT', 'add'],
    ['update', server, 'ESRCH', 'refused'],
    ['remove', web, 'ESRCH', 'done'],
    ['remove', server, 'ENOENT', 'done'],
    ['remove', server, 'ESRCH', 'done'],
    ['remove', server, 'EPERM', 'refused'],
  ] as const)
    it(`${type} of a ${'service' in entry ? 'destination' : 'service'} refused with ${code}: ${verdict}`, () => {
      const change = type === 'update' ? { type, from: entry, entry } : { type, entry };
      assert.equal(reconcile(change as Parameters<typeof reconcile>[0], code), verdict);
    });
});
