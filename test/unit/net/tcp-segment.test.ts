// SYNs of half-open probes, and what counts as an answer to one.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { internetChecksum, pseudoHeader } from '../../../net/checksum.ts';
import { ip } from '../../../net/ip-address.ts';
import { decodeSynAnswer, encodeSyn, redirectSyn } from '../../../net/tcp-segment.ts';

const pairs = {
  ipv4: { source: ip('192.0.2.1'), destination: ip('192.0.2.2'), header: 20 },
  ipv6: { source: ip('2001:db8::1'), destination: ip('2001:db8::2'), header: 40 },
} as const;
const port = fc.integer({ min: 0, max: 65_535 });
const sequence = fc.integer({ min: 0, max: 0xffff_ffff });

describe('a SYN', () => {
  it('is as RFC 9293, 3.1 draws it', () =>
    assert.equal(
      encodeSyn({ ...pairs.ipv4, sourcePort: 0x1234, destinationPort: 80, sequence: 0x01020304 }).toString('hex'),
      // The kernel fills in the id and the checksum of the IP header.
      '4500002c0000000040060000c0000201c0000202' + '123400500102030400000000' + '6002faf006440000' + '02040218',
    ));

  for (const [family, { source, destination, header }] of Object.entries(pairs))
    it(`keeps its checksum when it is sent from another port: ${family}`, () =>
      fc.assert(
        fc.property(port, port, sequence, port, sequence, (sourcePort, destinationPort, number, otherPort, other) => {
          const packet = encodeSyn({ source, destination, sourcePort: otherPort, destinationPort, sequence: other });
          redirectSyn(packet, sourcePort, number);
          const segment = packet.subarray(header);
          assert.equal(internetChecksum(pseudoHeader({ source, destination }, 6, segment.length), segment), 0);
          assert.deepEqual(packet, encodeSyn({ source, destination, sourcePort, destinationPort, sequence: number }));
        }),
      ));
});

describe('an answer to a SYN', () => {
  const segment = (flags: number, acknowledgement: number): Buffer => {
    const bytes = Buffer.alloc(20);
    bytes.writeUInt16BE(80, 0);
    bytes.writeUInt16BE(4000, 2);
    bytes.writeUInt32BE(acknowledgement, 8);
    bytes.writeUInt8(flags, 13);
    return bytes;
  };
  const decode = (flags: number, acknowledgement = 8) => decodeSynAnswer(segment(flags, acknowledgement), 0);

  it('opens with SYN and ACK, and refuses with RST and ACK', () => {
    assert.deepEqual(decode(0x12), { sourcePort: 80, destinationPort: 4000, sequence: 7, isOpen: true });
    assert.deepEqual(decode(0x14), { sourcePort: 80, destinationPort: 4000, sequence: 7, isOpen: false });
  });
  it('acknowledges the next number, also where that is 0', () => assert.equal(decode(0x12, 0)?.sequence, 0xffff_ffff));
  it('is nothing else: neither SYN, ACK, FIN nor a reset without acknowledgement', () => {
    for (const flags of [0x02, 0x10, 0x11, 0x04, 0x18, 0]) assert.equal(decode(flags), undefined);
  });
  it('is whole', () => assert.equal(decodeSynAnswer(segment(0x12, 8).subarray(0, 19), 0), undefined));
  it('begins behind an IP header', () =>
    assert.equal(decodeSynAnswer(Buffer.concat([Buffer.alloc(24), segment(0x12, 8)]), 24)?.isOpen, true));
});
