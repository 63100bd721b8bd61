// What bash offers after the words of a line, and that zsh gets every command and option.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { program } from '../../../cli/command-line.ts';
import { writeCompletion } from '../../../cli/completion.ts';

/** What bash would offer for the last word, in a folder that holds one file. */
const complete = (...words: string[]): string[] => {
  const script = `cd "$(mktemp -d)" && touch a.yaml
    regent() { [ "$1" = names ] && shift && printf '%s\\n' "\${@/#/one-of-}" another fd00::1:80; }
    source /dev/stdin <<'END'\n${writeCompletion(program, 'bash')}\nEND
    COMP_LINE='regent ${words.join(' ')}' COMP_POINT=\${#COMP_LINE}
    _regent; printf '%s\\n' "\${COMPREPLY[@]}"; rm -r "$PWD"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.split('\n').filter((word) => word !== '');
};

describe('shell completion', () => {
  const rows: readonly [readonly string[], readonly string[]][] = [
    [['un'], ['undrain']],
    [['--socket=a'], ['a.yaml']],
    [['init', '--into', 'a'], ['a.yaml']],
    [['events', '--process=v'], ['vrrp']],
    [['drain', 'fd00::1:'], ['80']],
    [['--s'], ['--socket']],
    [['--socket', 'a'], ['a.yaml']],
    [
      ['why', ''],
      ['router', 'server', 'anycast', '-h', '--help'],
    ],
    [['why', 'router', '--j'], ['--json']],
    [
      ['status', '--'],
      ['--json', '--watch', '--help'],
    ],
    [['check', 'a'], ['a.yaml']],
    [['run', '-c', ''], ['a.yaml']],
    [['--socket', 'x', 'plan', '--from', 'a'], ['a.yaml']],
    [['events', '--since', ''], []],
    [['events', '--process', 'v'], ['vrrp']],
    [['log', 'vr'], ['vrrp']],
    [['log', 'vrrp', 'de'], ['debug']],
    [['drain', 'rs0', '--u'], ['--until-idle']],
    [['drain', 'one'], ['one-of-servers']],
    [['weight', 'an'], ['another']],
    [
      ['handover', 'one'],
      ['one-of-routers', 'one-of-anycast'],
    ],
    [
      ['resume', 'one'],
      ['one-of-routers', 'one-of-anycast'],
    ],
    [['why', 'anycast', 'one'], ['one-of-anycast']],
    [
      ['server', 'remove', 'one'],
      ['one-of-services', 'one-of-servers'],
    ],
    [['names', 'an'], ['anycast']],
    [['anycast', 'print', 'b'], ['bird']],
    [['why', 'router', 'one'], ['one-of-routers']],
    [['why', 'server', 'one'], ['one-of-servers']],
    [
      ['events', '--router', ''],
      ['one-of-routers', 'another', 'fd00::1:80'],
    ],
    [['events', '--server', 'one'], ['one-of-servers']],
    [['health', '--master', 'one'], ['one-of-routers']],
    [['completion', 'f'], ['fish']],
  ];
  for (const [words, offered] of rows)
    it(`offers ${offered.join(', ') || 'nothing'} after "${words.join(' ')}"`, () =>
      assert.deepEqual(complete(...words), offered));

  it('tells zsh of every command and every option', () => {
    const text = writeCompletion(program, 'zsh');
    assert.match(text, /^#compdef regent\n/);
    for (const command of program.commands) {
      assert.ok(text.includes(`'${command.name()}:`), command.name());
      assert.ok(text.includes(`(${command.name()})`), command.name());
      for (const { long } of command.options) assert.ok(text.includes(long ?? ''), `${command.name()} ${long}`);
    }
  });
  it('tells fish of every command and every option', () => {
    const text = writeCompletion(program, 'fish');
    for (const command of program.commands) {
      assert.ok(text.includes(` -a ${command.name()} -d `), command.name());
      for (const { long } of command.options)
        assert.ok(text.includes(` -l ${long?.slice(2)}`), `${command.name()} ${long}`);
    }
    assert.ok(text.includes("-a '(regent names servers 2>/dev/null)'"));
    assert.match(text, / -l router -x -a '\(regent names routers 2>\/dev\/null\)'/);
    assert.match(text, / -l config -s c -r -F/);
  });
  it('offers zsh and fish names by functions and questions that are there', () => {
    const text = writeCompletion(program, 'zsh');
    const used = new Set([...text.matchAll(/:(_regent_\w+)'/g)].map(([, name = '']) => name));
    assert.deepEqual(
      [...used].filter((name) => !text.includes(`\n${name}() {`)),
      [],
    );
    assert.ok(used.has('_regent_routers_anycast') && used.has('_regent_services'));
    assert.ok(writeCompletion(program, 'fish').includes("-a '(regent names routers anycast 2>/dev/null)'"));
  });
  it('hides colons and brackets from zsh where they mean something', () =>
    assert.ok(writeCompletion(program, 'zsh').includes('own pair\\: ssh\\:lb0,ssh\\:lb1]')));
});
