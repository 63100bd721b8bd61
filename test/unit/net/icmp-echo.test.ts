// Echo messages beside their bytes.

import assert from 'node:assert/strict';
import { decodeEchoReply, decodeEchoRequest, encodeEchoRequest } from '../../../net/icmp-echo.ts';

const echo = { identifier: 0x1234, sequence: 0x0102, data: Buffer.from('abc') };

describe('ICMP echo', () => {
  it('carries the checksum of RFC 792 over an odd length', () =>
    assert.equal(encodeEchoRequest(4, echo).toString('hex'), '0800206712340102616263'));

  it('leaves the checksum of ICMPv6 to the kernel', () =>
    assert.equal(encodeEchoRequest(6, echo).toString('hex'), '8000000012340102616263'));

  for (const [family, reply] of [
    [4, '0000000012340102616263'],
    [6, '8100000012340102616263'],
  ] as const) {
    it(`reads a reply of IPv${family}, and nothing else`, () => {
      assert.deepEqual(decodeEchoReply(family, Buffer.from(reply, 'hex')), echo);
      assert.equal(decodeEchoReply(family, encodeEchoRequest(family, echo)), undefined);
      assert.equal(decodeEchoReply(family, Buffer.from(reply, 'hex').subarray(0, 7)), undefined);
      assert.deepEqual(decodeEchoRequest(family, encodeEchoRequest(family, echo)), echo);
    });
  }
});
