// HPACK against the examples of its RFC.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createHeaderDecoder, encodeFields, type Field } from '../../../../healthcheck/checks/hpack.ts';
import { decodeHuffman } from '../../../../healthcheck/checks/hpack-huffman.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const status302: readonly Field[] = [
  [':status', '302'],
  ['cache-control', 'private'],
  ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ['location', 'https://www.example.com'],
];
const status307: readonly Field[] = [[':status', '307'], ...status302.slice(1)];

describe('HPACK', () => {
  it('RFC 7541, C.5: answers without Huffman, over one table', () => {
    const decoder = createHeaderDecoder();
    assert.deepEqual(
      decoder.decode(
        hex(
          '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        ),
      ),
      status302,
    );
    assert.deepEqual(decoder.decode(hex('4803 3330 37c1 c0bf')), status307);
  });

  it('RFC 7541, C.6: answers with Huffman, over one table', () => {
    const decoder = createHeaderDecoder();
    assert.deepEqual(
      decoder.decode(
        hex(
          '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
        ),
      ),
      status302,
    );
    assert.deepEqual(decoder.decode(hex('4883 640e ffc1 c0bf')), status307);
  });

  for (const [what, block] of [
    ['the padding is longer than seven bits', '00 82 1f ff 01 61'],
    ['the padding is not all ones', '00 81 18 01 61'],
    ['the end of text is coded', '00 84 ff ff ff ff 01 61'],
  ] as const)
    it(`refuses Huffman where ${what}`, () => assert.equal(createHeaderDecoder().decode(hex(block)), undefined));

  it('keeps its table within bounds', () => {
    const decoder = createHeaderDecoder();
    const large = Buffer.concat([hex('40 01 61 7f'), hex('81 1f'), Buffer.alloc(127 + 1 + 0x1f * 128, 'x')]);
    assert.deepEqual(
      decoder.decode(large)?.map(([name]) => name),
      ['a'],
    );
    // Larger than the table: it was emptied, and holds nothing.
    assert.equal(decoder.decode(hex('be')), undefined);
  });

  it('reads what it writes', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string({ maxLength: 1000 })), { maxLength: 20 }), (fields) => {
        const ascii = fields.map(([name, content]): Field => [name, content]);
        assert.deepEqual(createHeaderDecoder().decode(encodeFields(ascii)), ascii);
      }),
    ));

  it('throws at no bytes', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        createHeaderDecoder().decode(Buffer.from(bytes));
        decodeHuffman(Buffer.from(bytes));
      }),
      { numRuns: 5000 },
    ));
});
