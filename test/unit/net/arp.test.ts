// Gratuitous ARP and ARP probes, byte by byte.

import assert from 'node:assert/strict';
import { decodeArpClaim, encodeArpProbe, encodeGratuitousArp } from '../../../net/arp.ts';
import { ip } from '../../../net/ip-address.ts';

describe('a gratuitous ARP', () => {
  it('RFC 5944 4.6: is a request whose sender and target IP are the address', () =>
    assert.equal(
      encodeGratuitousArp('52:54:00:12:34:56', ip('192.168.55.100')).toString('hex'),
      '0001' + '0800' + '06' + '04' + '0001' + '525400123456' + 'c0a83764' + 'ffffffffffff' + 'c0a83764',
    ));

  for (const [mac, address] of [
    ['52:54:00:12:34:56', ip('fd00::1')],
    ['52:54:00:12:34', ip('10.0.0.1')],
  ] as const)
    it(`cannot be made of ${mac} and ${address}`, () =>
      assert.throws(() => encodeGratuitousArp(mac, address), RangeError));
});

describe('an ARP probe', () => {
  it('RFC 5227 2.1.1: asks with no address of its own', () =>
    assert.equal(
      encodeArpProbe('52:54:00:12:34:56', ip('192.168.55.100')).toString('hex'),
      '0001' + '0800' + '06' + '04' + '0001' + '525400123456' + '00000000' + '000000000000' + 'c0a83764',
    ));
});

describe('an ARP packet', () => {
  const packet = encodeGratuitousArp('52:54:00:12:34:56', ip('192.168.55.100'));
  const claim = { mac: '52:54:00:12:34:56', address: ip('192.168.55.100') };
  it('claims its sender address', () => assert.deepEqual(decodeArpClaim(packet), claim));
  it('claims it in a reply too', () => {
    const reply = Buffer.from(packet);
    reply[7] = 2;
    assert.deepEqual(decodeArpClaim(reply), claim);
  });
  it('claims nothing that is cut or of another link', () => {
    const other = Buffer.from(packet);
    other[1] = 6;
    assert.equal(decodeArpClaim(other), undefined);
    for (let length = 0; length < 28; length += 1) assert.equal(decodeArpClaim(packet.subarray(0, length)), undefined);
  });
});
