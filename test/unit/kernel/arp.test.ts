// Gratuitous ARP, byte by byte.

import assert from 'node:assert/strict';
import { encodeGratuitousArp } from '../../../kernel/arp.ts';

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
