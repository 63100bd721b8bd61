// The Internet checksum and its pseudo-headers.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { internetChecksum, pseudoHeader } from '../../../net/checksum.ts';
import { ip } from '../../../net/ip-address.ts';

describe('the Internet checksum', () => {
  it('is that of RFC 1071, section 3', () =>
    assert.equal(internetChecksum(Buffer.from('0001f203f4f5f6f7', 'hex')), ~0xddf2 & 0xffff));

  it('fills an odd length up with a zero', () =>
    assert.equal(internetChecksum(Buffer.from('010203', 'hex')), internetChecksum(Buffer.from('01020300', 'hex'))));

  it('is the same over parts of any length as over the whole', () =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), (parts) =>
        assert.equal(internetChecksum(...parts), internetChecksum(Buffer.concat(parts))),
      ),
    ));

  it('has the addresses, the protocol and the length of IPv4 before it (RFC 793 3.1)', () =>
    assert.equal(
      pseudoHeader({ source: ip('192.0.2.1'), destination: ip('224.0.0.18') }, 112, 0x0102).toString('hex'),
      'c0000201e000001200700102',
    ));

  it('has those of IPv6 before it (RFC 8200 8.1)', () =>
    assert.equal(
      pseudoHeader({ source: ip('fe80::1'), destination: ip('ff02::12') }, 58, 0x01020304).toString('hex'),
      'fe800000000000000000000000000001ff020000000000000000000000000012010203040000003a',
    ));
});
