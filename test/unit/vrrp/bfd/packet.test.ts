// BFD control packets: a captured one, one written by hand, whatever can be written, and every reason to refuse one (RFC 5880 4.1, 6.8.6).

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliseconds } from '../../../../base/units.ts';
import {
  type ControlPacket,
  decodeControl,
  diagnostics,
  encodeControl,
  sessionStates,
} from '../../../../vrrp/bfd/packet.ts';

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
// Captured from keepalived 2.2.7: up, multiplier 3, 50 ms each way; both ends had drawn the same discriminator.
const captured = '20 c0 03 18 87ef0b60 87ef0b60 0000c350 0000c350 00000000';
// Written by hand, so that each field differs from the others.
const written = '20 c0 03 18 00000001 deadbeef 0000c350 0000c350 00000000';

describe('BFD control packet (RFC 5880 4.1)', () => {
  const packet: ControlPacket = {
    state: 'up',
    diagnostic: 'none',
    poll: false,
    final: false,
    multiplier: 3,
    myDiscriminator: 1,
    yourDiscriminator: 0xdeadbeef,
    minTx: milliseconds(50),
    minRx: milliseconds(50),
  };
  it('reads what keepalived sends, and writes the same', () => {
    const theirs = { ...packet, myDiscriminator: 0x87ef0b60, yourDiscriminator: 0x87ef0b60 };
    assert.deepEqual(decodeControl(bytesOf(captured)), theirs);
    assert.deepEqual(encodeControl(theirs), bytesOf(captured));
  });
  it('reads one', () => assert.deepEqual(decodeControl(bytesOf(written)), packet));
  it('writes the same', () => assert.deepEqual(encodeControl(packet), bytesOf(written)));

  it('reads what it writes', () => {
    const span = fc.integer({ min: 1, max: 0xffff_ffff }).map((value) => milliseconds(value / 1000));
    const discriminator = fc.integer({ min: 1, max: 0xffff_ffff });
    const packets: fc.Arbitrary<ControlPacket> = fc.record(
      {
        state: fc.constantFrom(...sessionStates),
        diagnostic: fc.constantFrom(...diagnostics),
        poll: fc.boolean(),
        final: fc.boolean(),
        multiplier: fc.integer({ min: 1, max: 255 }),
        myDiscriminator: discriminator,
        yourDiscriminator: discriminator,
        minTx: span,
        minRx: span,
      },
      { noNullPrototype: true },
    );
    fc.assert(fc.property(packets, (value) => assert.deepEqual(decodeControl(encodeControl(value)), value)));
  });

  const rows: [name: string, hex: string, reason: string][] = [
    ['another version', written.replace('20', '40'), 'version'],
    ['a packet too short', written.slice(0, -3), 'truncated'],
    ['a length too short', written.replace('18', '17'), 'length'],
    ['a length beyond the packet', written.replace('18', '19'), 'length'],
    ['a multiplier of 0', written.replace('03', '00'), 'multiplier'],
    ['multipoint', written.replace('c0', 'c1'), 'multipoint'],
    ['no discriminator of its own', written.replace('00000001', '00000000'), 'my-discriminator'],
    ['none of ours in a session that is up', written.replace('deadbeef', '00000000'), 'your-discriminator'],
    ['authentication, which nobody here uses', written.replace('c0', 'c4'), 'authentication'],
  ];
  for (const [name, hex, reason] of rows)
    it(`refuses ${name} (RFC 5880 6.8.6)`, () => assert.equal(decodeControl(bytesOf(hex)), reason));

  it('admits no discriminator of ours from a session that is down', () => {
    const decoded = decodeControl(bytesOf(written.replace('deadbeef', '00000000').replace('c0', '40')));
    assert.ok(typeof decoded === 'object' && decoded.state === 'down');
  });

  it('never throws on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        decodeControl(bytes);
      }),
    );
  });
});
