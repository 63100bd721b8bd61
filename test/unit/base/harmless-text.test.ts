// Text from outside, made harmless.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { harmlessLines, harmlessText } from '../../../base/harmless-text.ts';

const rows: readonly (readonly [what: string, input: string | Uint8Array, output: string])[] = [
  ['plain text', '220 mail.example.org ESMTP', '220 mail.example.org ESMTP'],
  ['text of other scripts', 'Grüße, 世界, Ωμέγα, नमस्ते, 👋', 'Grüße, 世界, Ωμέγα, नमस्ते, 👋'],
  ['an escape sequence', '\u001b[2J\u001b]0;owned\u0007', '\\x1b[2J\\x1b]0;owned\\x07'],
  ['a C1 control sequence', '\u009b31m', '\\x9b31m'],
  ['ends of lines', 'one\r\ntwo\tthree\u2028four\u2029', 'one\\r\\ntwo\\tthree\\u2028four\\u2029'],
  ['bidirectional overrides', 'a\u202egnp.exe\u2066', 'a\\u202egnp.exe\\u2066'],
  ['zero widths', 'ro\u200bot\ufeff', 'ro\\u200bot\\ufeff'],
  ['tags', 'a\u{e0041}', 'a\\u{e0041}'],
  ['a half surrogate', 'a\ud800b', 'a\\ud800b'],
  ['NUL and DEL', '\0\u007f', '\\x00\\x7f'],
  ['piled marks', `e${'\u0301'.repeat(50)}!`, 'e\u0301\u0301!'],
  ['invalid UTF-8', Uint8Array.of(0x61, 0xff, 0xc3, 0x28), 'a\ufffd\ufffd('],
  ['bytes of UTF-8', Buffer.from('Grüße'), 'Grüße'],
];

describe('text from outside', () => {
  for (const [what, input, output] of rows)
    it(`${what}: ${JSON.stringify(output)}`, () => assert.equal(harmlessText(input), output));

  it('is cut at its bound, whatever it is', () => {
    assert.equal(harmlessText('x'.repeat(10), 10), 'x'.repeat(10));
    assert.equal(harmlessText('x'.repeat(11), 10), `${'x'.repeat(9)}…`);
    assert.equal(harmlessText(Buffer.alloc(5_000_000, 'x'), 10), `${'x'.repeat(9)}…`);
    assert.equal(harmlessText('👋'.repeat(11), 10), `${'👋'.repeat(9)}…`);
  });

  it('keeps the ends of lines where there may be several', () => {
    assert.equal(harmlessLines('one\ntwo\u001b[2J\r\nthree'), 'one\ntwo\\x1b[2J\\r\nthree');
    assert.equal(harmlessLines('one\ntwo'), 'one\ntwo');
    assert.equal(harmlessLines('a\u2028b'), 'a\\u2028b');
    assert.equal(harmlessLines('x'.repeat(20), 10), 'x'.repeat(10));
  });

  it('is bounded, printable, and the same after a second pass', () =>
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 200 })),
        fc.integer({ min: 1, max: 50 }),
        (input, most) => {
          const output = harmlessText(input, most);
          assert.ok([...output].length <= most);
          assert.doesNotMatch(output, /[\p{C}\p{Zl}\p{Zp}]/u);
          assert.equal(harmlessText(output, most), output);
        },
      ),
      { numRuns: 2000 },
    ));
});
