// Hostile text in what commands read: a configuration, keepalived.conf, records of other hosts. None of it moves a terminal.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));

const hostile: readonly (readonly [what: string, bytes: string | Buffer])[] = [
  ['an escape sequence', '\u001b[2J\u001b]0;owned\u0007'],
  ['a C1 control sequence', '\u009b31m'],
  ['a bell and a backspace', '\u0007\b\b\b'],
  ['a bidirectional override', '\u202egnp\u2066'],
  ['separators of lines', 'a\u2028b\u2029c'],
  ['a carriage return alone', 'well\rowned'],
  ['invalid UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0xc2, 0x9b, 0x41])],
  ['a very long line', 'x'.repeat(2 ** 20)],
];
/** Characters that stand in no output of a command, line ends and tabs apart. */
const harmful = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/u;

describe('hostile text', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'regent-hostile-'));
  after(() => rmSync(directory, { recursive: true }));

  const write = (name: string, parts: readonly (string | Buffer)[]): string => {
    const file = join(directory, name);
    writeFileSync(file, Buffer.concat(parts.map((part) => Buffer.from(part as string))));
    return file;
  };
  const run = (...words: string[]): string => {
    const { stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
      encoding: 'utf8',
      maxBuffer: 2 ** 24,
    });
    assert.doesNotMatch(stdout + stderr, harmful);
    return stdout + stderr;
  };

  for (const [what, bytes] of hostile)
    it(`as YAML: ${what}`, () => {
      const file = write('one.yaml', ['director: lb0\nvrrp: { routers: [] }\nlogg: "', bytes, '"\n']);
      const output = run('check', file);
      assert.ok(output.length > 0 && output.length < 20_000, `${output.length} characters`);
    });

  it('in the values of a configuration', () => {
    const keys = hostile.map(([, bytes], index) => `${JSON.stringify(`${index}${bytes}`)}: 1\n`);
    const output = run('check', write('two.yaml', ['director: lb0\nvrrp: { routers: [] }\n', ...keys]));
    assert.equal(output.match(/unknown key/g)?.length, hostile.length);
  });

  it('in keepalived.conf', () => {
    const lines = hostile.flatMap(([, bytes]) => ['  state ', bytes, '\n  bogus "', bytes, '"\n']);
    const file = write('keepalived.conf', [
      'vrrp_instance ONE {\n  interface eth0\n  virtual_router_id 51\n',
      ...lines,
      '}\n',
    ]);
    const output = run('import', '--verbose', file);
    assert.match(output, /bogus/);
    assert.ok(output.length < 100_000, `${output.length} characters`);
  });

  it('in records of other hosts', () => {
    const record = (fields: object): string =>
      `${JSON.stringify({ timestamp: '2026-01-01T00:00:00.000Z', director: 'lb0', level: 'info', process: 'vrrp', message: 'is well', ...fields })}\n`;
    const fields = ['timestamp', 'director', 'subject', 'message', 'event', 'level', 'process'];
    const lines = hostile.flatMap(([, bytes]) => fields.map((field) => record({ [field]: String(bytes) })));
    const others = [
      ...hostile.flatMap(([, bytes]) => [bytes, '\n']),
      '{"timestamp":1,"message":{}}\n',
      'null\n',
      '[]\n',
      record({ level: 7 }),
    ];
    const file = write('records', [
      ...lines,
      ...others,
      record({ message: 'one\n2026-01-01T00:00:00.000Z error lb0  vrrp     vip        imitated' }),
    ]);
    const shown = run('events', '--from', file);
    assert.match(shown, /^ {2}2026\S+ error .*imitated$/m);
    assert.doesNotMatch(shown, /^2026\S+ error/m);
    for (const line of run('events', '--json', '--from', file).trim().split('\n'))
      assert.equal(typeof JSON.parse(line), 'object');
  });
});
