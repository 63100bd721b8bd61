// Mistaken files: no typo in a key passes, and noise never makes the reading throw.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseConfig } from '../../../../config/source/load.ts';

describe('a mistaken configuration', () => {
  it('refuses a typo of one character in any key, on its line', () => {
    const text = readFileSync('config/lb0.yaml', 'utf8');
    const keys = [...text.replace(/#.*/g, (comment) => ' '.repeat(comment.length)).matchAll(/\b[a-z_]+(?=:(?: |$))/gm)];
    assert.ok(keys.length > 30);
    const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz_');
    const edit = fc.constantFrom<'insert' | 'replace' | 'remove'>('insert', 'replace', 'remove');
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.nat(), letter, edit, (key, where, added, kind) => {
        const at = key.index + (where % key[0].length);
        const typo = kind === 'remove' ? '' : added;
        const changed = text.slice(0, at) + typo + text.slice(kind === 'insert' ? at : at + 1);
        fc.pre(changed !== text);
        const line = text.slice(0, key.index).split('\n').length;
        const result = parseConfig(changed, 'f');
        assert.ok(!result.ok && result.problems.some((problem) => problem.line === line), changed);
      }),
    );
  });

  it('never throws on noise', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        ...'\n\t-:?[]{},&*!|>%@\'"#',
        '\n  ',
        '- ',
        ': ',
        '<<: *a',
        '&a ',
        '*a',
        '--- ',
        '__proto__: ',
        'vrrp: ',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const result = parseConfig(pieces.join(''), 'f');
        assert.ok(!result.ok && result.problems.length > 0);
      }),
      { numRuns: 500 },
    );
  });
});
