// Files, processes and services as the director sees them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchFile } from '../../../../controller/tracking/files.ts';
import type { Seen } from '../../../../controller/tracking/item.ts';
import { watchProcesses } from '../../../../controller/tracking/processes.ts';
import { serviceState } from '../../../../controller/tracking/services.ts';

const waitUntil = async (what: string, condition: () => boolean): Promise<void> => {
  for (let poll = 0; poll < 400 && !condition(); poll += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(condition(), what);
};

describe('a watched file', () => {
  let folder = '';
  let path = '';
  let seen: Seen[] = [];
  let close = (): void => undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-file-'));
    path = join(folder, 'deep', 'rank');
    seen = [];
  });
  afterEach(() => {
    close();
    rmSync(folder, { recursive: true, force: true });
  });
  const watch = (): void => {
    ({ close } = watchFile({ name: 'f', path, weight: 1 }, (state) => seen.push(state)));
  };
  const last = (): Seen | undefined => seen.at(-1);

  it('counts as 0 while it is missing, even with its folder, and is found when it comes', async () => {
    watch();
    assert.deepEqual(last(), { state: 'up', value: 0, reason: 'is missing, so it counts as 0' });
    mkdirSync(join(folder, 'deep'));
    writeFileSync(path, '7\n');
    await waitUntil('7 is seen', () => last()?.value === 7);
  });
  it('is read again when it changes, is replaced, or goes', async () => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(path, '-5');
    watch();
    assert.equal(last()?.value, -5);
    writeFileSync(path, '+6');
    await waitUntil('6 is seen', () => last()?.value === 6);
    writeFileSync(`${path}.new`, '8');
    renameSync(`${path}.new`, path);
    await waitUntil('8 is seen', () => last()?.value === 8);
    rmSync(path);
    await waitUntil('0 is seen', () => last()?.value === 0);
  });
  it('is unknown while it holds no number', async () => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(path, 'down');
    watch();
    assert.deepEqual(last(), { state: 'unknown', reason: 'holds no whole number, but "down"' });
  });
});

describe('watched processes', () => {
  it('are up while enough of them run, and down at once when one ends', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-process-'));
    // Longer than the name that the kernel keeps.
    const name = `worker-of-test-${process.pid}`;
    const program = join(folder, name);
    copyFileSync('/bin/sleep', program);
    const start = () => spawn(program, ['60'], { stdio: 'ignore' });
    const first = start();
    const seen: Seen[] = [];
    const watcher = watchProcesses({ name: 'p', process: name, quorum: 2, weight: 0 }, (state) => seen.push(state));
    try {
      await waitUntil('one runs', () => /1 of worker-of-test-\d+, of 2 that must/.test(seen.at(-1)?.reason ?? ''));
      const second = start();
      await waitUntil('two run', () => seen.at(-1)?.state === 'up');
      second.kill('SIGKILL');
      await waitUntil('one has ended', () => seen.at(-1)?.state === 'down');
      const third = start();
      await waitUntil('two run again', () => seen.at(-1)?.state === 'up');
      third.kill('SIGKILL');
    } finally {
      watcher.close();
      first.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a tracked service', () => {
  const rows = [
    [undefined, 'unknown', 'has not been probed yet'],
    [{ quorum: 'unknown', healthy: 0, count: 3 }, 'unknown', 'has not been probed yet'],
    [{ quorum: 'held', healthy: 1, count: 3 }, 'up', 'is served: 1 of 3 real servers are up'],
    [{ quorum: 'lost', healthy: 0, count: 3 }, 'down', 'has lost its quorum: 0 of 3 real servers are up'],
  ] as const;
  for (const [judgement, state, reason] of rows)
    it(`with quorum ${judgement?.quorum ?? 'not judged'} is ${state}`, () =>
      assert.deepEqual(serviceState(judgement), { state, reason }));
});
