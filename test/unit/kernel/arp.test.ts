// Gratuitous ARP: its bytes, and where an address is announced.

import assert from 'node:assert/strict';
import { encodeGratuitousArp, interfacesToAnnounceOn } from '../../../kernel/arp.ts';

describe('a gratuitous ARP', () => {
  it('RFC 5944 4.6: is a request whose sender and target IP are the address', () =>
    assert.equal(
      encodeGratuitousArp('52:54:00:12:34:56', '192.168.55.100').toString('hex'),
      '0001' + '0800' + '06' + '04' + '0001' + '525400123456' + 'c0a83764' + 'ffffffffffff' + 'c0a83764',
    ));

  for (const [mac, address] of [
    ['52:54:00:12:34:56', 'fd00::1'],
    ['52:54:00:12:34', '10.0.0.1'],
  ] as const)
    it(`cannot be made of ${mac} and ${address}`, () =>
      assert.throws(() => encodeGratuitousArp(mac, address), { name: 'KernelError', code: 'EINVAL' }));
});

describe('an address is announced on', () => {
  const entries = [
    { interface: 'lo', address: '127.0.0.1', prefixLength: 8 },
    { interface: 'enp0s8', address: '192.168.66.11', prefixLength: 24 },
    { interface: 'enp0s9', address: '192.168.55.11', prefixLength: 24 },
    { interface: 'enp0s9', address: 'fd00::1', prefixLength: 64 },
    { interface: 'enp0s10', address: '192.168.55.99', prefixLength: 32 },
  ];
  const rows: [string, string, string, string[]][] = [
    ['its own interface alone, where that has its subnet', '192.168.55.100', 'enp0s9', ['enp0s9']],
    ['its own and the one that has its subnet', '192.168.55.100', 'enp0s8', ['enp0s8', 'enp0s9']],
    ['its own where no subnet holds it', '10.9.9.9', 'enp0s8', ['enp0s8']],
    ['no loopback', '127.0.0.9', 'enp0s8', ['enp0s8']],
    ['no interface that has a host address alone', '192.168.55.99', 'enp0s9', ['enp0s9']],
  ];
  for (const [name, address, own, expected] of rows)
    it(name, () => assert.deepEqual(interfacesToAnnounceOn(address, own, entries), expected));
});
