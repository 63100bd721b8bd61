// The bottom floor: errors, hashes, turns, files, programs.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../base/error.ts';
import { fnv1a } from '../../../base/hash.ts';
import { createGroupStarter, endGroup } from '../../../base/process-group.ts';
import { randomBelow, randomNumbers } from '../../../base/random.ts';
import { serially } from '../../../base/serially.ts';
import { milliseconds } from '../../../base/units.ts';
import { unreachable } from '../../../base/unreachable.ts';
import { replaceFile } from '../../../base/whole-file.ts';
import { within } from '../../../base/within.ts';

/** What the kernel says of a process; empty once it is gone. */
const readStatus = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
};

describe('base/', () => {
  it('repeats random numbers by their seed, in every version: seeds of drills and faults are written down', () => {
    const next = randomNumbers(1);
    assert.deepEqual([next(), next()], [0.6270739405881613, 0.002735721180215478]);
    const below = randomBelow(1);
    assert.deepEqual([below(100), below(100), below(0)], [62, 0, 0]);
  });

  it('has the message of an error, and the text of what else is thrown', () =>
    assert.deepEqual(
      [messageOf(new TypeError('no')), messageOf('no'), messageOf(undefined)],
      ['no', 'no', 'undefined'],
    ));

  it('says which case was not handled', () =>
    assert.throws(() => unreachable({ type: 'new' } as never), /\{"type":"new"\}/));

  it('waits for a result within a time, and ignores a failure after it', async () => {
    assert.equal(await within(milliseconds(60_000), Promise.resolve('here')), 'here');
    await assert.rejects(within(milliseconds(60_000), Promise.reject(new Error('no'))), /no/);
    let refuse = (_: Error): void => undefined;
    const late = new Promise<never>((_, reject) => {
      refuse = reject;
    });
    assert.equal(await within(milliseconds(5), late), undefined);
    refuse(new Error('ignored'));
    await sleep(1);
  });

  it('hashes as FNV-1a does', () =>
    assert.deepEqual([fnv1a(''), fnv1a('a'), fnv1a('foobar')], [0x811c9dc5, 0xe40c292c, 0xbf9cf968]));

  it('runs tasks one after another, also after one that failed', async () => {
    const inTurn = serially();
    const steps: string[] = [];
    const task =
      (name: string, fails = false) =>
      async (): Promise<string> => {
        steps.push(`${name} begins`);
        await sleep(5);
        steps.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const results = await Promise.allSettled([inTurn(task('a')), inTurn(task('b', true)), inTurn(task('c'))]);
    assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
  });

  it('replaces a file as a whole, for its owner alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-base-'));
    const path = join(folder, 'state');
    replaceFile(path, 'old');
    replaceFile(path, 'new');
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['state']);
    rmSync(folder, { recursive: true });
  });

  it('runs a program in a group of its own, and kills the whole group', async () => {
    const child = createGroupStarter()(['/bin/sh', '-c', 'sleep 60 & echo "$! $PWD $PATH $NAME"; wait'], {
      NAME: 'web',
    });
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const [sleeper = '', ...rest] = chunk.toString().trim().split(' ');
    assert.deepEqual(rest, ['/', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'web']);
    endGroup(child);
    await once(child, 'close');
    for (let tries = 0; ; tries += 1) {
      const state = /^State:\s+(\w)/m.exec(readStatus(sleeper))?.[1];
      if (state === undefined || state === 'Z') break;
      assert.ok(tries < 100, 'what it started lives on');
      await sleep(10);
    }
    assert.doesNotThrow(() => endGroup(child));
  });
});
