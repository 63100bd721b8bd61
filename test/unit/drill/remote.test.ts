// Faults on other hosts: what is refused before a drill begins, and the watchdog that undoes them there.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropFrames } from '../../../drill/faults/impairment.ts';
import { remoteFaults, whyNot } from '../../../drill/remote/faults.ts';
import { guardScript } from '../../../drill/remote/guard.ts';
import { notAllowed, remoteRefusal } from '../../../drill/remote/refusal.ts';
import { compareClock } from '../../../drill/remote/ssh.ts';
import { faultNames } from '../../../drill/scenario/faults.ts';
import { parseDrill } from '../../../drill/scenario/load.ts';

const refusal = remoteRefusal({ directors: ['a', 'b'] });
const text = (step: string, allow = ''): string =>
  `drill: mine\nclient: { get: "http://192.0.2.1/" }\nsteps:\n  - ${step}\n${allow}`;

describe('faults on an own pair', () => {
  for (const name of faultNames.filter((one) => !['mend', 'wait', 'thaw', 'power_cut'].includes(one)))
    it(`${name} is known, or refused with a reason`, () =>
      assert.notEqual(remoteFaults[name] === undefined, whyNot[name] === undefined));
  it('are refused with their place unless they are allowed', () => {
    const refuse = notAllowed(refusal, undefined);
    const message = /mine\.yaml:4:11: cut cannot be done here: on an own pair it must be listed: allow: \[cut\]/;
    assert.throws(() => parseDrill(text('{ do: cut, director: a }'), 'mine.yaml', refuse), { message });
    parseDrill(text('{ do: cut, director: a }', 'allow: [cut]\n'), 'mine.yaml', notAllowed(refusal, ['cut']));
  });
  it('are refused for a host that is not of the pair', () =>
    assert.throws(
      () => parseDrill(text('{ do: cut, director: c }'), 'mine.yaml', refusal),
      /there is no director c, only a, b/,
    ));
  it('name interfaces quoted', () => assert.match(dropFrames(["e'0"], ['ingress'], 'all').apply, /dev 'e'\\''0'/));
});

describe('the comparison of clocks', () => {
  const shell = (script: string): ChildProcess => spawn('sh', ['-c', script], { stdio: 'pipe' });
  it('ends where the other side stops reading', async () => {
    const { ahead } = await compareClock(() => shell('exec 0<&-; echo 1; sleep 0.2'), 'lb0');
    assert.ok(ahead < 0);
  });
  it('has the words of an ssh that reaches nothing', () =>
    assert.rejects(
      compareClock(() => shell('exec 0<&-; echo no such host >&2; exit 255'), 'lb0'),
      { message: 'ssh does not reach lb0: no such host' },
    ));
});

describe('the watchdog of a fault', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-guard-'));
  const mark = join(folder, 'mark');
  after(() => rmSync(folder, { recursive: true }));
  const script = { apply: `touch ${mark}`, undo: `rm -f ${mark}` };

  const start = async (limit: number) => {
    const child = spawn('bash', ['-c', guardScript(script, limit)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    assert.ok(existsSync(mark));
    return { child, ended };
  };
  it('undoes it by a word', async () => {
    const { child, ended } = await start(60);
    child.stdin.write('\n');
    await ended;
    assert.ok(!existsSync(mark));
  });
  it('undoes it when the connection ends, though it is told to end before', async () => {
    const { child, ended } = await start(60);
    child.kill('SIGHUP');
    child.kill('SIGTERM');
    await sleep(100);
    assert.ok(existsSync(mark));
    child.stdout.destroy();
    child.stdin.end();
    await ended;
    assert.ok(!existsSync(mark));
  });
  it('undoes it after its limit', async () => {
    const { ended } = await start(1);
    await ended;
    assert.ok(!existsSync(mark));
  });
  it('undoes what was begun of a fault that fails', async () => {
    const failing = guardScript({ apply: `touch ${mark}\nfalse\ntouch ${mark}2`, undo: script.undo }, 60);
    const [code] = await once(spawn('bash', ['-c', failing]), 'exit');
    assert.equal(code, 1);
    assert.ok(!existsSync(mark) && !existsSync(`${mark}2`));
  });
});
