// Netlink's codec: bytes against values, both ways, and bytes that are none.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  decodeAttributes,
  decodeMessages,
  encodeAttributes,
  encodeMessage,
  isMalformed,
  type Message,
} from '../../../../kernel/netlink/codec.ts';
import { isLittleEndian } from '../../../../kernel/system/byte-order.ts';

const table = {
  small: [1, 'u8'],
  port: [2, 'u16be'],
  name: [3, 'string'],
  count: [4, 'u32'],
  nest: [5, { inner: [1, 'u16'], flag: [2, 'flag'], big: [3, 'u64'] }],
  raw: [6, 'bytes'],
} as const;

const hex = (bytes: Buffer): string => bytes.toString('hex');

describe('netlink attributes', () => {
  before(function () {
    // The bytes below are those of the common machines.
    if (!isLittleEndian) this.skip();
  });

  const rows = [
    { name: 'u8, padded', values: { small: 7 }, bytes: '0500010007000000' },
    { name: 'u16 in network order', values: { port: 80 }, bytes: '0600020000500000' },
    { name: 'string with its zero byte', values: { name: 'lo' }, bytes: '070003006c6f0000' },
    { name: 'u32 in the machine’s order', values: { count: 256 }, bytes: '0800040000010000' },
    {
      name: 'nest, marked as one',
      values: { nest: { inner: 1, flag: true as const } },
      bytes: '10000580' + '0600010001000000' + '04000200',
    },
    { name: 'bytes without padding', values: { raw: Buffer.from('0a000001', 'hex') }, bytes: '080006000a000001' },
    { name: 'nothing', values: {}, bytes: '' },
  ];
  for (const { name, values, bytes } of rows) {
    it(`encodes ${name}`, () => assert.equal(hex(encodeAttributes(table, values)), bytes));
    it(`decodes ${name}`, () => assert.deepEqual(decodeAttributes(table, Buffer.from(bytes, 'hex')), values));
  }

  it('skips attributes that the table does not name', () => {
    const bytes = Buffer.from('06006300ffff0000' + '0500010007000000', 'hex');
    assert.deepEqual(decodeAttributes(table, bytes), { small: 7 });
  });

  const malformed = [
    { name: 'a length below the header’s', bytes: '03000100', expected: { malformed: 'attribute-length', offset: 0 } },
    { name: 'a length of zero', bytes: '0000010000000000', expected: { malformed: 'attribute-length', offset: 0 } },
    {
      name: 'a length beyond the end',
      bytes: '0500010007000000' + '09000100000000ff',
      expected: { malformed: 'attribute-length', offset: 8 },
    },
    { name: 'a value too short', bytes: '0600040000010000', expected: { malformed: 'attribute-value', offset: 0 } },
    {
      name: 'trouble within a nest',
      bytes: '08000580' + '03000100',
      expected: { malformed: 'attribute-length', offset: 4 },
    },
  ];
  for (const { name, bytes, expected } of malformed)
    it(`names ${name}`, () => assert.deepEqual(decodeAttributes(table, Buffer.from(bytes, 'hex')), expected));
});

const messages: fc.Arbitrary<Message> = fc.record(
  {
    type: fc.nat(0xffff),
    flags: fc.nat(0xffff),
    sequence: fc.nat(0xffff_ffff),
    portId: fc.nat(0xffff_ffff),
    payload: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
);
const values = fc.record(
  {
    small: fc.nat(0xff),
    port: fc.nat(0xffff),
    name: fc.string().filter((text) => !text.includes('\0')),
    count: fc.nat(0xffff_ffff),
    nest: fc.record(
      { inner: fc.nat(0xffff), flag: fc.constant(true as const), big: fc.bigInt(0n, 2n ** 64n - 1n) },
      { requiredKeys: [], noNullPrototype: true },
    ),
    raw: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe('netlink messages', () => {
  it('come back from a datagram as they went in', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 5 }), (list) => {
        assert.deepEqual(decodeMessages(Buffer.concat(list.map(encodeMessage))), list);
      }),
    );
  });

  it('carry attributes that come back as they went in', () => {
    fc.assert(
      fc.property(values, (one) => {
        assert.deepEqual(decodeAttributes(table, encodeAttributes(table, one)), one);
      }),
    );
  });

  it('are malformed when cut in the header or before their length', () => {
    const bytes = encodeMessage({ type: 1, flags: 0, sequence: 1, portId: 0, payload: Buffer.alloc(8) });
    for (let length = 1; length < bytes.length; length += 1)
      assert.deepEqual(decodeMessages(bytes.subarray(0, length)), { malformed: 'message-length', offset: 0 });
  });

  it('are values or a named fault, whatever the bytes', () => {
    // Small numbers, so that lengths are often plausible.
    const noise = fc.array(fc.oneof(fc.nat(20), fc.nat(255)), { maxLength: 120 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(noise, (bytes) => {
        const found = decodeMessages(bytes);
        if (isMalformed(found)) assert.ok(found.offset < bytes.length);
        const attributes = decodeAttributes(table, bytes);
        if (isMalformed(attributes)) assert.ok(attributes.offset < bytes.length);
      }),
      { numRuns: 2000 },
    );
  });
});
