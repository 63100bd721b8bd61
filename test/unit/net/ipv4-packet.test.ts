// The IPv4 header of received packets.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeIpv4 } from '../../../net/ipv4-packet.ts';

// An advertisement of 192.168.55.11 with two bytes of Ethernet padding behind it.
const packet = '45c0002400010000ff70000' + '0c0a8370be0000012' + '3133640100640000c0a837649a9a9a9a' + 'eeee';
const altered = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(packet, 'hex');
  change(bytes);
  return bytes;
};

describe('an IPv4 packet', () => {
  it('is taken apart, and cut at its total length', () => {
    const decoded = decodeIpv4(Buffer.from(packet, 'hex'));
    assert.deepEqual(decoded, {
      source: '192.168.55.11',
      destination: '224.0.0.18',
      ttl: 255,
      payload: Buffer.from('3133640100640000c0a837649a9a9a9a', 'hex'),
    });
  });

  it('has its payload after its options', () => {
    const bytes = Buffer.concat([
      altered((one) => {
        one[0] = 0x46;
        one[3] = 0x28;
      }).subarray(0, 20),
      Buffer.from('94040000', 'hex'),
      Buffer.alloc(16, 7),
    ]);
    const decoded = decodeIpv4(bytes);
    assert.deepEqual(typeof decoded === 'string' ? decoded : decoded.payload, Buffer.alloc(16, 7));
  });

  it('has a payload of its own', () => {
    const bytes = Buffer.from(packet, 'hex');
    const decoded = decodeIpv4(bytes);
    bytes.fill(0);
    assert.equal(typeof decoded === 'string' ? decoded : decoded.payload[0], 0x31);
  });

  it('may forbid fragmentation', () =>
    assert.equal(typeof decodeIpv4(altered((bytes) => bytes.writeUInt16BE(0x4000, 6))), 'object'));

  const drops: [string, Buffer, string][] = [
    ['19 bytes', Buffer.from(packet, 'hex').subarray(0, 19), 'short'],
    ['version 6', altered((bytes) => bytes.writeUInt8(0x65, 0)), 'version'],
    ['a header of 16 bytes', altered((bytes) => bytes.writeUInt8(0x44, 0)), 'header-length'],
    ['a header beyond the end', altered((bytes) => bytes.writeUInt8(0x4f, 0)), 'header-length'],
    ['a total length within the header', altered((bytes) => bytes.writeUInt16BE(19, 2)), 'total-length'],
    ['a total length beyond the end', altered((bytes) => bytes.writeUInt16BE(39, 2)), 'total-length'],
    ['more fragments', altered((bytes) => bytes.writeUInt16BE(0x2000, 6)), 'fragment'],
    ['a fragment’s offset', altered((bytes) => bytes.writeUInt16BE(1, 6)), 'fragment'],
  ];
  for (const [name, bytes, reason] of drops)
    it(`is dropped for ${name}`, () => assert.equal(decodeIpv4(bytes), reason));

  it('is decoded or dropped, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decodeIpv4(Buffer.from(bytes))));
  });
});
