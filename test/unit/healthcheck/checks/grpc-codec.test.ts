// The messages of gRPC's health protocol beside their bytes.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeResponse, encodeRequest } from '../../../../healthcheck/checks/grpc-codec.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('gRPC health messages', () => {
  const requests: [service: string, bytes: string][] = [
    ['', '00 00000000'],
    ['web', '00 00000005 0a 03 776562'],
    ['x'.repeat(200), `00 000000cb 0a c801 ${'78'.repeat(200)}`],
  ];
  for (const [service, bytes] of requests) {
    it(`asks about "${service.slice(0, 5)}" of ${service.length} letters`, () =>
      assert.deepEqual(encodeRequest(service), hex(bytes)));
  }

  const responses: [what: string, bytes: string, status: number | undefined][] = [
    ['SERVING', '00 00000002 0801', 1],
    ['NOT_SERVING', '00 00000002 0802', 2],
    ['nothing, which is UNKNOWN', '00 00000000', 0],
    ['the later of two', '00 00000004 0802 0801', 1],
    ['a status behind fields that it does not know', '00 00000011 1203616263 1d01020304 2001 320161 0801', 1],
    ['a compressed message', '01 00000002 0801', undefined],
    ['a message cut short', '00 00000004 0801', undefined],
    ['a field cut short', '00 00000002 1205', undefined],
    ['a number without end', '00 00000002 08ff', undefined],
    ['no frame', '0801', undefined],
  ];
  for (const [what, bytes, status] of responses) {
    it(`reads ${what}: ${status}`, () => assert.equal(decodeResponse(hex(bytes)), status));
  }

  it('never throws on noise', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        const head = Buffer.alloc(5);
        head.writeUInt32BE(noise.length, 1);
        decodeResponse(Buffer.concat([head, noise]));
        decodeResponse(Buffer.from(noise));
      }),
    ));
});
