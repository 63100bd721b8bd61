// What a command ends with when it is asked for what makes no sense, and that it says why.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));

describe('the command line ends', () => {
  const rows: readonly [readonly string[], number, RegExp][] = [
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    [['--help'], 0, /Exit codes: 0 done/],
    [['drain', '--help'], 0, /Usage: regent drain \[options\] <server>/],
    [[], 2, /Usage: regent/],
    [['dance'], 2, /unknown command 'dance'/],
    [['import'], 2, /missing required argument 'file'/],
    [['check', '/nowhere.yaml'], 2, /^\/nowhere\.yaml:1:1: cannot be read/],
    [['run', '-c', '/nowhere.yaml'], 2, /^\/nowhere\.yaml:1:1: cannot be read/],
    [['check', 'packaging/regent.yaml'], 0, /a valid configuration of director/],
    [['status', '--colour'], 2, /unknown option '--colour'/],
    [['log', 'kitchen'], 2, /Allowed choices are director, vrrp, health, ipvs/],
    [['events', '--process', 'kitchen'], 2, /Allowed choices are director, vrrp, health, ipvs/],
    [['events', '--since', 'soon'], 2, /--since is a duration such as 1h, or a time, not soon/],
    [['drain', 'rs0', '--max', '10'], 2, /--max is a duration with its unit, such as 10m, not 10/],
    [
      ['doctor', '-c', 'packaging/regent.yaml', '--listen', '4'],
      2,
      /--listen is a duration with its unit, such as 4s, not 4/,
    ],
    [['--socket', '/nowhere.sock', 'status'], 3, /Cannot reach the director at \/nowhere\.sock: ENOENT/],
    [['--socket', '/nowhere.sock', 'health'], 3, /Cannot reach the director/],
  ];
  for (const [words, code, said] of rows)
    it(`with ${code} after regent ${words.join(' ')}`, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });
      assert.match(stdout + stderr, said);
      assert.equal(status, code);
    });

  for (const words of ['schema', '--help', 'check packaging/regent.yaml', 'completion bash'])
    it(`as by SIGPIPE and without a word after regent ${words} whose reader has gone`, () => {
      const { stdout, stderr } = spawnSync(
        'bash',
        ['-c', `{ sleep 0.3; ${process.execPath} ${program} ${words}; echo $? >&2; } | true`],
        { encoding: 'utf8' },
      );
      assert.deepEqual([stdout, stderr], ['', '141\n']);
    });
});
