// Blocks, wherever their braces stand.

import assert from 'node:assert/strict';
import type { Statement } from '../../../import/statement.ts';
import { buildTree } from '../../../import/tree.ts';

const treeOf = (text: string) =>
  buildTree(text.split('\n').map((line, index) => ({ text: line.trim(), place: { file: 'f', line: index + 1 } })));

/** `keyword words [block]`, which is enough to compare by. */
const spell = (statements: readonly Statement[]): string =>
  statements
    .map(
      ({ keyword, words, block }) => [keyword, ...words].join(' ') + (block === undefined ? '' : ` [${spell(block)}]`),
    )
    .join('; ');

describe('buildTree', () => {
  const rows: [name: string, text: string, tree: string][] = [
    ['a block', 'a x {\n b 1\n c 2\n}\nd', 'a x [b 1; c 2]; d'],
    ['a brace on a line of its own', 'a x\n{\n b\n}', 'a x [b]'],
    ['a brace without space', 'a{\n b\n}', 'a [b]'],
    ['a block on one line', 'a { b c } d', 'a [b c]; d'],
    ['blocks within blocks', 'a {\n b {\n c\n }\n d\n}', 'a [b [c]; d]'],
    ['braces that end on one line', 'a {\n b { c } }\nd', 'a [b [c]]; d'],
    ['an empty block', 'a {\n}\nb', 'a []; b'],
  ];
  for (const [name, text, tree] of rows) {
    it(`reads ${name}`, () => {
      const { statements, findings } = treeOf(text);
      assert.equal(spell(statements), tree);
      assert.deepEqual(findings, []);
    });
  }

  const complaints: [name: string, text: string, line: number, message: RegExp][] = [
    ['a block that is never closed', 'a {\n b\n', 1, /never closed/],
    ['one brace too many', 'a {\n}\n}', 3, /one too many/],
    ['a brace without keyword', '{\n}', 1, /opens no block/],
    ['a quote that is never closed', 'a "b', 1, /quote/],
  ];
  for (const [name, text, line, message] of complaints) {
    it(`complains about ${name}`, () => {
      const [finding, ...others] = treeOf(text).findings;
      assert.equal(finding?.place.line, line);
      assert.match(finding?.message ?? '', message);
      assert.deepEqual(others, []);
    });
  }

  it('keeps the quotes of what follows a keyword', () => {
    assert.equal(treeOf('script "a b" root {').statements[0]?.text, '"a b" root');
  });
});
