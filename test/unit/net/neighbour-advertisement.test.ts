// Unsolicited neighbour advertisements, byte by byte.

import assert from 'node:assert/strict';
import { ip } from '../../../net/ip-address.ts';
import { encodeNeighbourAdvertisement } from '../../../net/neighbour-advertisement.ts';

const mac = '52:54:00:12:34:56';
const target = `fd00${'0'.repeat(24)}0100`;

describe('a neighbour advertisement', () => {
  for (const [isRouter, flags, checksum] of [
    [true, 'a0000000', '53e1'],
    [false, '20000000', 'd3e1'],
  ] as const)
    it(`RFC 9568 6.4.1: says Override, not Solicited, and Router where the host is ${isRouter ? 'one' : 'none'}`, () =>
      assert.equal(
        encodeNeighbourAdvertisement(mac, ip('fd00::100'), isRouter).toString('hex'),
        `6c0000000020${'3a'}ff${target}ff020000000000000000000000000001` +
          `8800${checksum}${flags}${target}0201${mac.replaceAll(':', '')}`,
      ));

  for (const [one, address] of [
    [mac, ip('10.0.0.1')],
    ['52:54:00:12:34', ip('fd00::1')],
  ] as const)
    it(`cannot be made of ${one} and ${address}`, () =>
      assert.throws(() => encodeNeighbourAdvertisement(one, address, true), RangeError));
});
