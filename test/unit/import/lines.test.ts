// Lines of keepalived.conf: comments in both styles, quotes, braces.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are keepalived's.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutAtBrace, splitQuoted, splitWords, stripComment } from '../../../import/lines.ts';

describe('stripComment', () => {
  const rows: [line: string, rest: string][] = [
    ['  interface eth0  ', 'interface eth0'],
    ['! all of it', ''],
    ['# all of it', ''],
    ['priority 100 ! why', 'priority 100'],
    ['priority 100 # why', 'priority 100'],
    ['priority 100#why', 'priority 100'],
    ['auth_pass "p#ss!" # word', 'auth_pass "p#ss!"'],
    ['auth_pass p\\#ss\\!', 'auth_pass p#ss!'],
    ['script "a \\" # b" # c', 'script "a \\" # b"'],
    ['\u00a0 interface eth0', '\u00a0 interface eth0'],
    ['$A= \\', '$A= \\'],
    ['$A= \\ # why', '$A= \\'],
    ['auth_pass "open # still', 'auth_pass "open # still'],
  ];
  for (const [line, rest] of rows) {
    it(`leaves "${rest}" of "${line}"`, () => assert.equal(stripComment(line), rest));
  }
});

describe('cutAtBrace', () => {
  const rows: [line: string, pieces: string[]][] = [
    ['a', ['a', '']],
    ['global_defs{', ['global_defs', '{']],
    ['a { b c }', ['a', '{ b c }']],
    ['{ b }', ['{', 'b }']],
    ['} }', ['}', '}']],
    ['script "{ a }" {', ['script "{ a }"', '{']],
    ["script 'a {b}'", ["script 'a", "{b}'"]],
    ['interval ${CHECK}', ['interval $', '{CHECK}']],
    ['a "b { c', ['a "b { c', '']],
  ];
  for (const [line, pieces] of rows) it(`cuts ${line}`, () => assert.deepEqual(cutAtBrace(line), pieces));
});

describe('splitWords', () => {
  const rows: [line: string, words: string[]][] = [
    ['interface eth0', ['interface', 'eth0']],
    ['script "killall -0 haproxy" root', ['script', 'killall -0 haproxy', 'root']],
    ['script "if { x }"', ['script', 'if { x }']],
    ["auth_pass 'a'", ['auth_pass', "'a'"]],
    ["auth_pass it's", ['auth_pass', "it's"]],
    ['a "b c', ['a']],
    ['a\u00a0b\u3000c d', ['a\u00a0b\u3000c', 'd']],
    ['x "" y', ['x', '', 'y']],
    ['ab"c d"', ['ab', 'c d']],
  ];
  for (const [line, words] of rows) {
    it(`splits ${line}`, () => {
      assert.deepEqual(
        splitWords(line).words.map(({ text }) => text),
        words,
      );
    });
  }

  it('tells of a quote that is never closed', () => {
    assert.equal(splitWords('a "b c').isOpen, true);
    assert.equal(splitWords('a "b c"').isOpen, false);
  });

  it('never throws, and its tokens lie in order within the line', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '{', '}', '$', '\\', '#', '\t') }), (line) => {
        let end = 0;
        for (const token of splitWords(line).words) {
          assert.ok(token.start >= end && token.end > token.start && token.end <= line.length);
          end = token.end;
        }
      }),
    );
  });
});

describe('splitQuoted', () => {
  const rows: [text: string, words: string[] | undefined][] = [
    ['killall -0 haproxy', ['killall', '-0', 'haproxy']],
    ["/bin/test -e '/run/a b'", ['/bin/test', '-e', '/run/a b']],
    ['a\\ b c', ['a b', 'c']],
    ["a '' b", ['a', '', 'b']],
    ['"/bin/sh -c \\"test -f /x\\""', ['/bin/sh -c "test -f /x"']],
    ['"ok \\\\d+"', ['ok \\d+']],
    ['\\x41\\102\\n', ['AB\n']],
    ['"never closed', undefined],
    ['ends in \\', undefined],
    ['', []],
  ];
  for (const [text, words] of rows) it(`splits ${text}`, () => assert.deepEqual(splitQuoted(text), words));
});
