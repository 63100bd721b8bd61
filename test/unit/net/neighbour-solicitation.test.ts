// Neighbour solicitations as bytes, and what advertisements claim.

import assert from 'node:assert/strict';
import { ip } from '../../../net/ip-address.ts';
import { encodeNeighbourAdvertisement } from '../../../net/neighbour-advertisement.ts';
import { decodeNeighbourClaim, encodeNeighbourSolicitation } from '../../../net/neighbour-solicitation.ts';

const mac = '52:54:00:12:34:56';

describe('a neighbour solicitation', () => {
  it('asks the group of those that may have the address (RFC 4861 4.3)', () => {
    const { packet, destination } = encodeNeighbourSolicitation(mac, ip('fe80::1'), ip('2001:db8::12:3456'));
    assert.equal(destination.toString('hex'), '3333ff123456');
    assert.equal(
      packet.toString('hex'),
      // Traffic class 0xc0, 32 bytes of ICMPv6, hop limit 255.
      '6c00000000203aff' +
        'fe800000000000000000000000000001' +
        'ff0200000000000000000001ff123456' +
        '87005dd700000000' +
        '20010db8000000000000000000123456' +
        '0101525400123456',
    );
  });
  it('is refused where there is no address to ask from', () =>
    assert.throws(() => encodeNeighbourSolicitation(mac, undefined, ip('2001:db8::1')), /two of IPv6/));
});

describe('a neighbour advertisement', () => {
  const packet = encodeNeighbourAdvertisement(mac, ip('2001:db8::1'), false);
  it('claims an address for the MAC of its option', () =>
    assert.deepEqual(decodeNeighbourClaim(packet, '02:00:00:00:00:01'), { mac, address: ip('2001:db8::1') }));
  it('claims it for its sender where it has no option', () =>
    assert.deepEqual(decodeNeighbourClaim(packet.subarray(0, 64), '02:00:00:00:00:01'), {
      mac: '02:00:00:00:00:01',
      address: ip('2001:db8::1'),
    }));
  it('is nothing else', () => {
    const { packet: question } = encodeNeighbourSolicitation(mac, ip('fe80::1'), ip('2001:db8::1'));
    assert.equal(decodeNeighbourClaim(question, mac), undefined);
    for (let length = 0; length < 64; length += 1)
      assert.equal(decodeNeighbourClaim(packet.subarray(0, length), mac), undefined);
  });
});
