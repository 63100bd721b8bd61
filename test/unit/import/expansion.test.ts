// Includes, variables, conditions and sequences, on files that exist in memory alone.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are keepalived's.

import assert from 'node:assert/strict';
import { dirname, resolve } from 'node:path';
import type { Files } from '../../../config/source/include.ts';
import { expandFile } from '../../../import/expansion.ts';

const filesOf = (files: Readonly<Record<string, string>>): Files => ({
  read: (path) => {
    const text = files[path];
    return text === undefined ? { why: 'it is not there' } : { text };
  },
  match: (pattern, directory) => {
    const whole = resolve(directory, pattern);
    const matcher = new RegExp(`^${whole.replace(/[.]/g, '\\.').replace(/\*/g, '[^/]*')}$`);
    return Object.keys(files)
      .filter((path) => matcher.test(path) || (dirname(path) === dirname(whole) && path === whole))
      .sort();
  },
});

const settings = { configId: 'main', environment: { SITE: 'west' } };

const expand = (files: Readonly<Record<string, string>>) => {
  const { lines, findings } = expandFile('/c', filesOf(files), settings);
  return {
    lines: lines.map(({ text }) => text),
    places: lines.map(({ place }) => `${place.file}:${place.line}`),
    said: findings.map(({ keyword, place, message }) => `${place.file}:${place.line}: ${keyword}: ${message}`),
  };
};

describe('expandFile', () => {
  const rows: [name: string, text: string, lines: string[]][] = [
    ['a variable in braces', '$A=1\nx ${A}2\n', ['x 12']],
    ['a variable before a space', '$A=1\nx $A 2\n', ['x 1 2']],
    ['a dollar in a word', '$NO=1\nauth_pass Tru$tNO1\n', ['auth_pass Tru$tNO1']],
    ['a variable within a variable, at the time of its use', '$A=x.${B}\n$B=1\n${A}\n$B=2\n${A}\n', ['x.1', 'x.2']],
    ['an empty variable', '$A=\nx $A\n', ['x']],
    ['an empty variable before a condition', '$A=\n$A @other x\n$A @main y\n', ['y']],
    [
      'a sequence that a variable gives',
      '$I= \\\na ${N} \\\nb\n$W=~SEQ(N,1,3) $I\n$W\n',
      ['a 1', 'b', 'a 2', 'b', 'a 3', 'b'],
    ],
    ['an unknown variable', 'x $A y\n', ['x $A y']],
    ['the braces of an unknown variable', 'x ${A}\n', ['x $', '{', 'A', '}']],
    ['a definition of several lines', '$A= \\\n  one \\\n  two # why\n$A\n', ['one', 'two']],
    ['a definition of several lines that a blank line ends', '$A= \\\none \\\n\n$A\ntwo\n', ['one', 'two']],
    [
      'definitions within definitions',
      '$I= \\\nv ${N} \\\nw\n$T= \\\n$N=1 \\\n$I \\\n$N=2 \\\n$I\n$T\n',
      ['v 1', 'w', 'v 2', 'w'],
    ],
    ['a condition that holds', '@main x\n@other y\n', ['x']],
    ['a negated condition', '@^main x\n@^other y\n', ['y']],
    ['a condition on a definition', '@main $A=1\n@other $A=2\nx $A\n', ['x 1']],
    ['a condition on a definition of several lines', '@other $A= \\\n one\n$A= \\\n two\n$A\n', ['two']],
    ['a condition that a variable gives', '$IF=@other\n$IF x\ny\n', ['y']],
    ['a sequence', '~SEQ(A, 1, 3) x.${A}\n', ['x.1', 'x.2', 'x.3']],
    ['a sequence with an end alone', '~SEQ(A, 2) $A\n', ['1', '2']],
    ['a sequence that counts down', '~SEQ(A, 3, -2, 0) x$A\n', ['x3', 'x1']],
    ['a hexadecimal sequence', '~SEQx(A, 0x90, 0x10, 0xb0) ${A}\n', ['90', 'a0', 'b0']],
    ['a sequence whose bounds are variables', '$N=2\n~SEQ(A, 1, $N) ${A}\n', ['1', '2']],
    ['nested sequences', '~SEQ(A, 1, 2) ~SEQ(B, 8, 9) ${A}${B}\n', ['18', '19', '28', '29']],
    ['a list', '~LST(A, x, y) ${A}\n', ['x', 'y']],
    ['a list of several variables', '~LST({A, B}, {1, 2}, {3,4}) ${A}-${B}\n', ['1-2', '3-4']],
    [
      'a sequence over a definition of several lines',
      '$I= \\\na ${N} \\\nb\n~SEQ(N, 1, 2) $I\n',
      ['a 1', 'b', 'a 2', 'b'],
    ],
    ["keepalived's own variables", '${_PWD} ${_INSTANCE} ${_ENV SITE}\n', ['/ main west']],
    ['CR LF, and not CR alone', 'a\r\nb\rc\r\n', ['a', 'b\rc']],
    ['a byte order mark', '\uFEFFa\nb\n', ['\uFEFFa', 'b']],
    ['a line that is longer than it reads at once', `${'a'.repeat(1023)}b\n`, ['a'.repeat(1023), 'b']],
    ['braces', 'a { b } c\n', ['a', '{', 'b', '}', 'c']],
    ['a condition after a brace', '{ @other a\n} @main b\n', ['{', '}', 'b']],
  ];
  for (const [name, text, lines] of rows) {
    it(`expands ${name}`, () => assert.deepEqual(expand({ '/c': text }).lines, lines));
  }

  it('includes files, each from its own directory, and says where a line is from', () => {
    const { lines, places, said } = expand({
      '/c': 'one\ninclude d/*.conf\nlast\n',
      '/d/a.conf': 'two\ninclude more\n',
      '/d/b.conf': '\nfour\n',
      '/d/more': 'three\n',
    });
    assert.deepEqual(lines, ['one', 'two', 'three', 'four', 'last']);
    assert.deepEqual(places, ['/c:1', '/d/a.conf:1', '/d/more:1', '/d/b.conf:2', '/c:3']);
    assert.deepEqual(said, []);
  });

  const complaints: [name: string, files: Readonly<Record<string, string>>, said: string][] = [
    ['an include that finds nothing', { '/c': 'includer x/*\n' }, '/c:1: include: no file matches x/*'],
    [
      'an include in quotes',
      { '/c': 'include "d"\n', '/d': 'x\n' },
      '/c:1: include: no file matches "d", whose quotes are part of the name to keepalived',
    ],
    ['an include of itself', { '/c': '\ninclude c\n' }, '/c:2: include: /c includes itself'],
    ['a circle of includes', { '/c': 'include d\n', '/d': 'include c\n' }, '/d:1: include: /c includes itself'],
    [
      'a variable that nobody defined',
      { '/c': 'interface ${IF:-x} $IF\n' },
      '/c:1: $IF: is defined nowhere: fill the template in before importing it',
    ],
    [
      'a sequence without end',
      { '/c': '~SEQ(A, 1, 0, 3) x\n' },
      '/c:1: ~SEQ: expected ~SEQ(name, start, step, end) or ~LST(name, value, …)',
    ],
    [
      'a sequence that is too long',
      { '/c': '~SEQ(A, 1, 100000000) x\n' },
      '/c:1: ~SEQ: expected ~SEQ(name, start, step, end) or ~LST(name, value, …)',
    ],
    ['a definition of itself', { '/c': '$A= \\\na \\\n$A\n$A\n' }, '/c:2: a: a definition that never ends'],
  ];
  for (const [name, files, message] of complaints) {
    it(`complains about ${name}`, () => assert.deepEqual(expand(files).said, [message]));
  }

  it('leaves a shell variable within quotes alone', () => {
    assert.deepEqual(expand({ '/c': 'script "sh -c \'echo $HOME\'"\n' }).said, []);
  });

  it('does not end in a variable that names itself', () => {
    assert.deepEqual(expand({ '/c': '$A=x${A}\n${A}\n' }).lines.length <= 1, true);
  });
});
