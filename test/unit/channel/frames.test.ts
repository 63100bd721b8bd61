// Frames survive every way a stream may cut them.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFrameReader } from '../../../channel/frames.ts';

describe('frame reader', () => {
  it('yields the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const read = createFrameReader();
        const seen: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          seen.push(...read(bytes.subarray(at, at + size)).lines);
          at += size;
        }
        assert.deepEqual(seen, lines);
      }),
    );
  });

  it('accepts a frame of exactly the limit and refuses one byte more', () => {
    assert.deepEqual(createFrameReader(4)(Buffer.from('1234\n')), { lines: ['1234'], tooLong: false });
    assert.deepEqual(createFrameReader(4)(Buffer.from('1\n12345\n')), { lines: ['1'], tooLong: true });
  });

  it('refuses an endless line before its newline comes', () => {
    const read = createFrameReader(4);
    assert.equal(read(Buffer.from('123')).tooLong, false);
    assert.equal(read(Buffer.from('45')).tooLong, true);
  });
});
