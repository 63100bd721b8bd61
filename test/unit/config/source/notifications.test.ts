// Notifications in the configuration: what could never be delivered is refused, with its place.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

const text = (notification: string): string =>
  `director: lb0\nvrrp: { routers: [] }\nnotifications:\n  - { name: n, ${notification} }\n`;
const hook = 'webhook: "http://h/", headers: ';

const rows: [name: string, notification: string, ...problems: string[]][] = [
  [
    'a script by a relative path',
    'script: [notify.sh, x]',
    '4:25: expected the absolute path of a program, such as /usr/local/bin/check, not "notify.sh"',
  ],
  ['an argument with NUL', 'script: [/n, "a\\0b"]', '4:29: expected text, not "a\\u0000b"'],
  ['a FIFO with NUL', 'fifo: "/run/a\\0b"', '4:22: expected an absolute path, not "/run/a\\u0000b"'],
  ...[
    ['a header name with a space', '{ "a b": c }'],
    ['an empty header name', '{ "": c }'],
    ['a header with a line break', '{ a: "b\\r\\nc: d" }'],
    ['a header with a control character', '{ a: "b\\x07" }'],
    ['a header with DEL', '{ a: "b\\x7f" }'],
    ['a header beyond ISO 8859-1', '{ a: "日本" }'],
    ['a header that is no text', '{ a: 5 }'],
  ].map(([name = '', headers = '']): [string, string, string] => [
    name,
    `${hook}${headers}`,
    '4:47: expected a mapping of header names to text that HTTP can carry, not a mapping',
  ]),
  [
    'a header of the connection',
    `${hook}{ Transfer-Encoding: chunked }`,
    '4:47: the header "Transfer-Encoding" is regent\'s own',
  ],
  ['a header twice', `${hook}{ X-Key: a, x-key: b }`, '4:47: the headers "X-Key" and "x-key" are the same'],
  ['headers of a script', 'script: [/n], headers: { a: b }', '4:39: only a webhook has header fields'],
];

describe('notifications in the configuration', () => {
  for (const [name, notification, ...problems] of rows)
    it(`refuse ${name}`, () => {
      const result = parseConfig(text(notification), 'f');
      assert.ok(!result.ok);
      const found = formatProblems(result.problems)
        .split('\n')
        .filter((line) => line.startsWith('f:'));
      assert.deepEqual(
        found,
        problems.map((line) => `f:${line}`),
      );
    });
  for (const notification of [
    `${hook}{ authorization: "Bearer 0123", Host: pager.example, x: "é\\t" }`,
    'script: [/n, ""]',
    'fifo: /run/f',
    'webhook: "https://me:secret@pager.example:6000/hook"',
  ])
    it(`take ${notification}`, () => {
      const result = parseConfig(text(notification), 'f');
      assert.ok(result.ok, JSON.stringify(result));
    });
});
