// Where an address is announced.

import assert from 'node:assert/strict';
import { interfacesToAnnounceOn } from '../../../../kernel/sockets/announcer.ts';
import { type IpAddress, ip } from '../../../../net/ip-address.ts';

describe('an address is announced on', () => {
  const entries = [
    { interface: 'lo', address: ip('127.0.0.1'), prefixLength: 8 },
    { interface: 'enp0s8', address: ip('192.168.66.11'), prefixLength: 24 },
    { interface: 'enp0s9', address: ip('192.168.55.11'), prefixLength: 24 },
    { interface: 'enp0s9', address: ip('fd00::1'), prefixLength: 64 },
    { interface: 'enp0s9', address: ip('fe80::9'), prefixLength: 64 },
    { interface: 'enp0s8', address: ip('fe80::8'), prefixLength: 64 },
    { interface: 'enp0s10', address: ip('192.168.55.99'), prefixLength: 32 },
  ];
  const rows: [string, IpAddress, string, string[]][] = [
    ['its own interface alone, where that has its subnet', ip('192.168.55.100'), 'enp0s9', ['enp0s9']],
    ['its own and the one that has its subnet', ip('192.168.55.100'), 'enp0s8', ['enp0s8', 'enp0s9']],
    ['its own where no subnet holds it', ip('10.9.9.9'), 'enp0s8', ['enp0s8']],
    ['its own and the one that has its subnet, over IPv6', ip('fd00::100'), 'enp0s8', ['enp0s8', 'enp0s9']],
    ['its own alone, where it is link-local', ip('fe80::100'), 'enp0s8', ['enp0s8']],
    ['no loopback', ip('127.0.0.9'), 'enp0s8', ['enp0s8']],
    ['no interface that has a host address alone', ip('192.168.55.99'), 'enp0s9', ['enp0s9']],
  ];
  for (const [name, address, own, expected] of rows)
    it(name, () => assert.deepEqual(interfacesToAnnounceOn(address, own, entries), expected));
});
