// Regular expressions of the configuration: what they mean, what is refused, and that no text takes long.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseExpression, type RegularExpression } from '../../../../config/model/regular-expression.ts';

const compile = (source: string): RegularExpression => {
  const expression = parseExpression(source);
  if (typeof expression === 'string') assert.fail(`${source}: ${expression}`);
  return expression;
};

/** ECMAScript's and RE2's; both must mean the same. */
const shared = [
  '^ok$',
  'version: \\d+',
  'a.c',
  'a\\sb',
  'a\\Sb',
  '[\\s,]+x',
  '[^\\s]b',
  '[\\s\\S]b',
  '^\\s*$',
  '\\bok\\b',
  '\\w+@\\w+',
  '(?<name>a|b)+c',
  '(?:ab?){2,3}',
  'a{0}b',
  '[^]b',
  'a[]|b',
  '\\u00e4',
  '\\u{1f44b}',
  '\\ud83d\\udc4b',
  '\\x41',
  '\\cJ',
  '\\p{L}',
  '\\P{Lu}',
  '\\p{Script=Greek}',
  '\\P{gc=Lu}b',
  '[\\].]x',
  '\\/\\.\\?',
  '[.]',
  'a*?b',
] as const;

const letters = [...'abcxok AB.,/?]@0123\t\n\r\v\u00a0\u2028\ufeffäωΩ👋', 'version: 7', '\u{1f44b}'];

describe('regular expressions', () => {
  for (const source of shared)
    it(`mean what ECMAScript means: ${source}`, () => {
      const ours = compile(source);
      const theirs = new RegExp(source, 'u');
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...letters), { maxLength: 6 }), (parts) => {
          const text = parts.join('');
          assert.equal(ours.test(text), theirs.test(text), JSON.stringify(text));
        }),
        { numRuns: 2000 },
      );
    });

  for (const [source, text] of [
    ['(?i)Maintenance', 'under MAINTENANCE now'],
    ['[[:alpha:]]+[[:digit:]]', 'abc1'],
    ['\\Qa.b\\E', 'xa.bx'],
    ['ready\\z', 'ready'],
  ] as const)
    it(`take what PCRE and RE2 have: ${source}`, () => assert.equal(compile(source).test(text), true));

  for (const [source, why] of [
    ['(?=a)', /looks ahead or behind.*"body_lacks"/],
    ['(?!a)', /looks ahead or behind/],
    ['(?<=a)', /looks ahead or behind/],
    ['(?<!a)', /looks ahead or behind/],
    ['(a)\\1', /refers back to a group/],
    ['(?<n>a)\\k<n>', /refers back to a group/],
    ['(', /missing closing \)/],
    ['[', /missing closing \]/],
    ['a**', /nested repetition/],
    ['\\h', /invalid escape/],
    ['a{1001}', /repeat count/],
    [`${'[a-z]{1000}'.repeat(5)}`, /too large: 5\d\d\d instructions, and the limit is 4096/],
  ] as const)
    it(`refuse ${source.slice(0, 40)}: ${why.source}`, () => assert.match(String(parseExpression(source)), why));

  describe('on a text of a MiB', () => {
    const mebibyte = 1024 * 1024;
    const random = Array.from({ length: mebibyte }, (_, index) => 'abc'[(index * 7919 + (index >> 3)) % 3]).join('');
    const texts = ['a'.repeat(mebibyte), random, 'word '.repeat(mebibyte / 5), `${'x'.repeat(mebibyte - 1)}!`];
    for (const source of [
      // Each takes a backtracking engine for ever.
      '^(\\w+\\s?)+$',
      '(x+x+)+y',
      '(a*)*b$',
      '^(a|aa)+$',
      '(.*)*[89]',
      // Large ones, whose reach is bounded.
      '.*a.{500}[89]',
      '(.*a.{20}b.{20}c){10}[89]',
      '[a-c]{1000}[a-c]{1000}[89]',
      '(?:a?){500}a{500}[89]',
    ])
      it(`take a bounded time: ${source}`, () => {
        const expression = compile(source);
        for (const text of texts) {
          const begun = process.cpuUsage();
          expression.test(text);
          const { user, system } = process.cpuUsage(begun);
          assert.ok(user + system < 2_500_000, `${(user + system) / 1000} ms`);
        }
      });

    it('reach a MiB where they are small, less where they are large', () => {
      assert.equal(compile('ready').reach, mebibyte);
      assert.ok(compile('a{900}').reach < 20_000);
      assert.equal(compile('b').test(`${'a'.repeat(mebibyte)}b`), false);
      assert.equal(compile('b').test(`${'a'.repeat(mebibyte - 1)}b`), true);
    });
  });
});
