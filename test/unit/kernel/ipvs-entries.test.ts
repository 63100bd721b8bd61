// IPVS entries as the bytes of ip_vs.h, and back.

import assert from 'node:assert/strict';
import { decodeCommand, encodeCommand } from '../../../kernel/generic-netlink.ts';
import { reconcile } from '../../../kernel/ipvs.ts';
import { commandAttributes, ipvsCommands, serviceAttributes } from '../../../kernel/ipvs-attributes.ts';
import {
  type DestinationEntry,
  decodeDestination,
  decodeService,
  destinationKey,
  destinationValues,
  type ServiceEntry,
  serviceKey,
  serviceValues,
} from '../../../kernel/ipvs-entries.ts';
import { isMalformed } from '../../../kernel/netlink.ts';

const web: ServiceEntry = { protocol: 'tcp', address: '192.168.55.100', port: 80, scheduler: 'wrr' };
const web6: ServiceEntry = { protocol: 'tcp', address: 'fd00::64', port: 80, scheduler: 'rr' };
const server: DestinationEntry = {
  service: web,
  address: '192.168.66.111',
  port: 80,
  forwarding: 'masq',
  weight: 100,
};

const hex = (text: string): string => text.replaceAll(/\s|\|/g, '');

describe('IPVS entries', () => {
  it('keys an entry in one spelling', () => {
    assert.equal(serviceKey(web), 'tcp 192.168.55.100:80');
    assert.equal(serviceKey({ ...web6, address: 'FD00:0::0064' }), 'tcp [fd00::64]:80');
    assert.equal(destinationKey(server), 'tcp 192.168.55.100:80 -> 192.168.66.111:80');
  });

  // Little-endian, as every machine that the lab runs on.
  it('encodes a new service as ip_vs.h lays it out', () => {
    const bytes = encodeCommand(ipvsCommands.newService, 1, commandAttributes, {
      service: serviceValues(web, undefined),
    });
    assert.equal(
      bytes.toString('hex'),
      hex(`01010000 | 48000180
        06000100 02000000 | 06000200 06000000 | 08000300 c0a83764 | 06000400 00500000
        08000600 77727200 | 0c000700 00000000 00000000 | 08000800 00000000 | 08000900 ffffffff`),
    );
  });

  it('encodes a new destination as ip_vs.h lays it out', () => {
    const bytes = encodeCommand(ipvsCommands.newDestination, 1, commandAttributes, {
      destination: destinationValues(server, undefined),
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
      assert.equal(destinationValues({ ...server, forwarding }, undefined)?.forwarding, number));

  it('takes a whole IPv6 address as the netmask', () => {
    assert.equal(serviceValues(web6, undefined)?.netmask?.toString('hex'), '80000000');
  });

  it('gives back on a change what it does not configure', () => {
    const settings = { flags: 3, timeout: 360, netmask: Buffer.from([255, 255, 255, 0]), engine: 'sip' };
    const values = serviceValues(web, settings);
    assert.equal(values?.flags?.toString('hex'), '03000000ffffffff');
    assert.deepEqual([values?.timeout, values?.netmask, values?.engine], [360, settings.netmask, 'sip']);
    assert.equal(destinationValues(server, { upperThreshold: 9, tunnelType: 2 })?.upperThreshold, 9);
    assert.equal(destinationValues(server, { upperThreshold: 9, tunnelType: 2 })?.tunnelType, 2);
  });

  it('refuses an address that is none', () => {
    assert.equal(serviceValues({ ...web, address: 'web.example' }, undefined), undefined);
    assert.equal(destinationValues({ ...server, address: '1.2.3' }, undefined), undefined);
  });

  it('reads what it wrote; addresses may be padded to 16 bytes', () => {
    for (const entry of [web, web6]) {
      const values = serviceValues(entry, undefined);
      const address = Buffer.concat([values?.address ?? Buffer.alloc(0), Buffer.alloc(16)]).subarray(0, 16);
      const bytes = encodeCommand(1, 1, commandAttributes, { service: { ...values, address } });
      const decoded = decodeCommand(commandAttributes, bytes);
      assert.ok(!isMalformed(decoded));
      const { settings, statistics, ...read } = decodeService(decoded.service ?? {}) ?? {};
      assert.deepEqual(read, entry);
      assert.equal(settings?.timeout, 0);
      assert.equal(statistics?.connections, 0n);
    }
    const read = decodeDestination(web, { ...destinationValues(server, undefined), activeConnections: 2 });
    assert.equal(read?.activeConnections, 2);
    assert.equal(destinationKey(read ?? server), destinationKey(server));
    assert.deepEqual([read?.forwarding, read?.weight], ['masq', 100]);
  });

  it('leaves out a service that is found by a firewall mark', () => {
    assert.equal(decodeService({ family: 2, firewallMark: 1, scheduler: 'rr' }), undefined);
    assert.ok('firewallMark' in serviceAttributes);
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
