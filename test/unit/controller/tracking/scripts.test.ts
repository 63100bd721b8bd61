// Scripts: what their runs amount to, how one really runs and is ended, and which may run at all.

import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGroupStarter } from '../../../../base/process-group.ts';
import { whyUntrusted } from '../../../../base/script-trust.ts';
import { milliseconds } from '../../../../base/units.ts';
import type { Seen } from '../../../../controller/tracking/item.ts';
import { type RunResult, runScript } from '../../../../controller/tracking/script-run.ts';
import { judgeRun, untried, watchScript } from '../../../../controller/tracking/scripts.ts';

const startGroup = createGroupStarter();

const waitUntil = async (condition: () => boolean): Promise<void> => {
  for (let poll = 0; poll < 400 && !condition(); poll += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(condition());
};
const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('verdict on a script', () => {
  const rows: [runs: string, rise: number, fall: number, states: string][] = [
    ['+', 3, 3, 'u'],
    ['---', 3, 3, '??d'],
    ['+--+---', 1, 3, 'uuuuuud'],
    ['---++', 2, 1, 'ddddu'],
    ['-+-+', 2, 2, '?uuu'],
    ['+-+-', 1, 1, 'udud'],
  ];
  const letters = { up: 'u', down: 'd', unknown: '?' } as const;
  for (const [runs, rise, fall, states] of rows)
    it(`${runs} with rise ${rise} and fall ${fall}: ${states}`, () => {
      let verdict = untried;
      const seen = [...runs].map((run) => {
        verdict = judgeRun({ rise, fall }, verdict, { isSuccess: run === '+', reason: run });
        return letters[verdict.seen.state];
      });
      assert.equal(seen.join(''), states);
    });
});

describe('a script', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-script-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const script = (text: string, mode = 0o755): string => {
    const path = join(folder, 'script');
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, mode);
    return path;
  };
  const run = (command: readonly string[], timeout = 4000): Promise<RunResult> =>
    new Promise((resolve) => runScript(startGroup, { name: 's', command, timeout }, resolve));

  it('succeeds with status 0', async () =>
    assert.deepEqual(await run([script('exit 0')]), { isSuccess: true, reason: 'succeeded' }));
  it('fails with another, and with the first line of what it said', async () =>
    assert.deepEqual(await run([script('echo more; echo full >&2; exit 4')]), {
      isSuccess: false,
      reason: 'exited with 4: full',
    }));
  it('gets its arguments as they are, without a shell', async () =>
    assert.match((await run([script('echo "$1"; exit 1'), '$HOME; ls'])).reason, /exited with 1: \$HOME; ls$/));
  it('fails when it cannot be started', async () =>
    assert.match((await run([join(folder, 'nothing')])).reason, /cannot be started: .*nothing: it is missing$/));
  it('is killed with its whole process group when its time is over', async () => {
    const pids = join(folder, 'pids');
    const result = await run([script(`sleep 60 & echo $! > ${pids}; echo $$ >> ${pids}; wait`)], 500);
    assert.match(result.reason, /was killed with its process group after 500 ms/);
    const listed = readFileSync(pids, 'utf8').trim().split('\n').map(Number);
    assert.equal(listed.length, 2);
    await waitUntil(() => !listed.some(isAlive));
  });
  it('does not wait for children that keep its output open', async () =>
    assert.equal((await run([script('sleep 3 & exit 0')])).isSuccess, true));

  it('never runs twice at once, and stops when it is told', async () => {
    const path = script(
      `[ ! -e ${folder}/busy ] || touch ${folder}/twice; touch ${folder}/busy; echo x >> ${folder}/runs; sleep 0.2; rm ${folder}/busy`,
    );
    const seen: Seen[] = [];
    const watcher = watchScript(
      startGroup,
      {
        name: 's',
        command: [path],
        interval: milliseconds(20),
        timeout: milliseconds(3000),
        rise: 1,
        fall: 1,
        weight: 0,
      },
      (state) => seen.push(state),
    );
    const runs = (): number =>
      existsSync(join(folder, 'runs')) ? readFileSync(join(folder, 'runs'), 'utf8').length / 2 : 0;
    await waitUntil(() => runs() >= 3);
    watcher.close();
    const count = runs();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(runs() <= count + 1);
    assert.equal(existsSync(join(folder, 'twice')), false);
    assert.deepEqual(seen, [{ state: 'up', reason: 'succeeded' }]);
  });

  const mistrusted: [name: string, prepare: (path: string) => void, why: RegExp][] = [
    ['that others may write', (path) => chmodSync(path, 0o757), /others than root may write .*script/],
    ['that its group may write', (path) => chmodSync(path, 0o775), /others than root may write .*script/],
    ['of somebody else', (path) => chownSync(path, 12_345, 0), /script does not belong to root/],
    ['that is not executable', (path) => chmodSync(path, 0o644), /is not executable/],
    ['that is missing', (path) => rmSync(path), /it is missing/],
    [
      'in a folder that others may write',
      () => chmodSync(folder, 0o777),
      /others than root may write .*regent-script-/,
    ],
  ];
  for (const [name, prepare, why] of mistrusted)
    it(`is not run as root: one ${name}`, () => {
      const path = script('exit 0');
      prepare(path);
      assert.match(whyUntrusted([path]) ?? '', why);
    });
  it('is not run as root: a folder', () => assert.match(whyUntrusted([folder]) ?? '', /is not a file/));
  it('is judged by the file that a link leads to', () => {
    const link = join(folder, 'link');
    symlinkSync(script('exit 0', 0o757), link);
    assert.match(whyUntrusted([link]) ?? '', /others than root may write .*script$/);
  });
  it('is not run as root: one behind a link that is not root’s, in a sticky folder', () => {
    const link = join(folder, 'link');
    chmodSync(folder, 0o1777);
    symlinkSync('/bin/true', link);
    assert.equal(whyUntrusted([link]), undefined);
    lchownSync(link, 12_345, 0);
    assert.match(whyUntrusted([link]) ?? '', /link does not belong to root/);
  });
  it('is not run as root: one behind a link in a folder that others may write, however many links lead to it', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    symlinkSync('/bin/true', join(open, 'link'));
    symlinkSync('open', join(folder, 'indirect'));
    const path = join(folder, 'indirect', 'link');
    assert.equal(whyUntrusted([path]), undefined);
    chmodSync(open, 0o777);
    assert.match(whyUntrusted([path]) ?? '', /others than root may write .*open$/);
  });
  it('is not run as root: a link to itself', () => {
    const link = join(folder, 'link');
    symlinkSync('link', link);
    assert.match(whyUntrusted([link]) ?? '', /too many links/);
  });
  const file = (name: string, text: string, mode = 0o755): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const chains: [name: string, command: () => readonly string[], searchPath?: () => string][] = [
    ['its interpreter', () => [file('s', `#!${file('interpreter', 'x', 0o757)}\n`)]],
    ['its interpreter, after spaces and with an argument', () => [file('s', `#! \t${file('i', 'x', 0o757)} -x\n`)]],
    ['the interpreter of its interpreter', () => [file('s', `#!${file('second', `#!${file('i', 'x', 0o757)}\n`)}\n`)]],
    [
      'what a link to its interpreter leads to',
      () => {
        symlinkSync(file('i', 'x', 0o757), join(folder, 'link'));
        return [file('s', `#!${folder}/link\n`)];
      },
    ],
    [
      'what env finds in PATH',
      () => [file('i', 'x', 0o757), file('s', '#!/usr/bin/env i\n')].slice(1),
      () => `/bin:${folder}`,
    ],
    [
      'what env -S finds in PATH, after an assignment',
      () => [file('i', 'x', 0o757), file('s', '#!/usr/bin/env -S A=1 i -u\n')].slice(1),
      () => folder,
    ],
    ['what env is told to run', () => ['/usr/bin/env', 'A=1', file('i', 'x', 0o757)]],
    ['what a shell is told to run', () => ['/bin/sh', '-e', file('s', 'exit 0', 0o757)]],
    ['what python is told to run by env', () => ['/usr/bin/env', 'python3', file('s', 'pass', 0o657)], () => folder],
  ];
  for (const [name, command, searchPath] of chains)
    it(`is not run as root: one where others may write ${name}`, () => {
      if (name.includes('python')) file('python3', 'x');
      assert.match(whyUntrusted(command(), searchPath?.()) ?? '', /others than root may write /);
    });
  const trusted: [name: string, command: () => readonly string[]][] = [
    ['with an interpreter that is root’s', () => [file('s', `#!${file('i', 'x')}\n`)]],
    ['for which env finds nothing', () => [file('s', '#!/usr/bin/env no-such-program\n')]],
    ['whose interpreter is missing, which its start explains', () => [file('s', '#!/no/such\r\n')]],
    ['given to a shell, though it cannot be executed itself', () => ['/bin/sh', file('s', 'exit 0', 0o644)]],
    ['of a shell as text', () => ['/bin/sh', '-c', 'exit 0']],
    ['of env with what others may write as its data', () => ['/usr/bin/env', '/bin/cat', file('data', 'x', 0o666)]],
  ];
  for (const [name, command] of trusted)
    it(`is run as root: one ${name}`, () => assert.equal(whyUntrusted(command()), undefined));
  it('is not run as root where it is its own interpreter', () => {
    const path = join(folder, 's');
    file('s', `#!${path}\n`);
    assert.match(whyUntrusted([path]) ?? '', /too many interpreters/);
  });
  it('is run as root: one that is root’s, though in a sticky folder', () =>
    assert.equal(whyUntrusted([script('exit 0')]), undefined));
});
