// The kept machine serves one command after the other, whatever becomes of a client, of the keeper or of the guest: no call waits
// for ever, and nothing is left once it was taken down.

import { strict as assert } from 'node:assert';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInKeptVm } from '../../lab/vm/kept-session.ts';
import { findKeptVm, type KeptVm, keepVm } from '../../lab/vm/kept-vm.ts';
import { collect, type Process, processes, said, start, until } from './calls.ts';

const inside = (...command: string[]): ChildProcess => start('--keep', '--', ...command);

const isEndedBy = async (code: number, child: ChildProcess): Promise<void> => {
  const ended = await collect(child);
  assert.equal(ended.code, code, ended.error);
};

/** How many `sleep`s of these seconds run in the machine. */
const sleepers = async (seconds: number): Promise<number> => {
  const { code, out, error } = await collect(
    inside('sh', '-c', `grep -lsz '^${seconds}$' /proc/[0-9]*/cmdline | wc -l`),
  );
  assert.equal(code, 0, error);
  return Number(out.toString());
};

const noSleepers = async (seconds: number): Promise<void> => {
  const deadline = Date.now() + 20_000;
  let left = await sleepers(seconds);
  while (left !== 0 && Date.now() < deadline) left = await sleepers(seconds);
  assert.equal(left, 0);
};

const keptNow = (): KeptVm => {
  const kept = findKeptVm();
  assert.ok(kept !== undefined);
  return kept;
};

/** The keeper, and the machine that it has started: the processes of user-mode Linux are processes of this host. */
const partsOf = ({ pid }: KeptVm): readonly Process[] => {
  const all = processes();
  const children = all.filter(({ parent }) => parent === String(pid)).map((child) => child.pid);
  return all.filter((one) => one.pid === String(pid) || children.includes(one.session));
};

const haveEnded = (parts: readonly Process[]): Promise<void> =>
  until(() => {
    const now = new Map(processes().map(({ pid, words }) => [pid, words]));
    return parts.every(({ pid, words }) => now.get(pid) !== words || words === '');
  });

const foldersOfMachines = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('regent-kept-'));

describe('the kept machine', function () {
  // Many calls, each of which starts Node here and a command in the machine: a busy machine takes long for them.
  this.timeout(400_000);
  afterEach(() => collect(start('--down')));

  it('serves several commands, at once and one after the other', async () => {
    await isEndedBy(0, inside('true'));
    await Promise.all([1, 2, 3].map((code) => isEndedBy(code, inside('sh', '-c', `exit ${code}`))));
    await isEndedBy(4, inside('sh', '-c', 'exit 4'));
  });

  it('is one, though two calls start it at once; nothing of it is left once it is down', async () => {
    const before = foldersOfMachines();
    await Promise.all([isEndedBy(0, inside('true')), isEndedBy(0, inside('true'))]);
    const { folder, pid } = keptNow();
    assert.deepEqual(
      processes()
        .filter(({ words }) => words.includes(folder))
        .map((one) => one.pid),
      [String(pid)],
    );
    assert.deepEqual(foldersOfMachines().filter((name) => !before.includes(name)).length, 1);
    const parts = partsOf(keptNow());
    await isEndedBy(0, start('--down'));
    await haveEnded(parts);
    assert.ok(!existsSync(folder));
  });

  it('is found, or is none, after its first caller was killed at any moment', async () => {
    for (const milliseconds of [60, 120, 240, 400, 800]) {
      const first = inside('true');
      const ended = collect(first);
      await sleep(milliseconds);
      first.kill('SIGKILL');
      await ended;
      await isEndedBy(0, inside('true'));
      const parts = partsOf(keptNow());
      await isEndedBy(0, start('--down'));
      await haveEnded(parts);
    }
  });

  it('ends what a killed caller left', async () => {
    const left = inside('bash', '-c', 'echo up; exec sleep 1234');
    await said(left);
    assert.equal(await sleepers(1234), 1);
    left.kill('SIGKILL');
    await noSleepers(1234);
  });

  it('ends what a caller left that was killed at any moment of its start', async () => {
    await isEndedBy(0, inside('true'));
    for (let milliseconds = 40; milliseconds < 400; milliseconds += 30) {
      const left = inside('sleep', '1235');
      await sleep(milliseconds);
      left.kill('SIGKILL');
      await isEndedBy(0, inside('true'));
    }
    await noSleepers(1235);
  });

  it('is free again after a killed caller whose command left a process with its output', async () => {
    const left = inside('bash', '-c', 'setsid sh -c "echo up; exec sleep 1236" & sleep 1237');
    await said(left);
    left.kill('SIGKILL');
    await isEndedBy(0, inside('true'));
    await isEndedBy(0, inside('pkill', '-f', 'sleep 1236'));
  });

  it('passes an interrupt on, and does not wait for ever for a command that ignores it', async () => {
    const loop = 'echo up; for ((;;)); do sleep 0.1; done';
    const polite = inside('bash', '-c', `trap 'exit 7' INT; ${loop}`);
    await said(polite);
    polite.kill('SIGINT');
    await isEndedBy(7, polite);
    const deaf = inside('bash', '-c', `trap '' INT; ${loop}`);
    await said(deaf);
    deaf.kill('SIGINT');
    await isEndedBy(130, deaf);
    await isEndedBy(0, inside('true'));
  });

  it('that powers off ends the commands in it; the next call starts another', async () => {
    const waiting = inside('sh', '-c', 'echo up; sleep 1238');
    await said(waiting);
    const ended = collect(waiting);
    const parts = partsOf(keptNow());
    await collect(inside('busybox', 'poweroff', '-f'));
    const { code, error } = await ended;
    assert.equal(code, 1);
    assert.match(error, /ended early/);
    await haveEnded(parts);
    await isEndedBy(0, inside('true'));
  });

  for (const name of ['SIGKILL', 'SIGTERM'] as const)
    it(`whose keeper was ended by ${name} goes with it; the next call starts another`, async () => {
      const waiting = inside('sh', '-c', 'echo up; sleep 1240');
      await said(waiting);
      const kept = keptNow();
      const parts = partsOf(kept);
      process.kill(kept.pid, name);
      await isEndedBy(1, waiting);
      await haveEnded(parts);
      await isEndedBy(0, inside('true'));
      assert.notEqual(keptNow().pid, kept.pid);
    });

  it('whose keeper stands still is given up, goes on with it, and is taken down all the same', async () => {
    await isEndedBy(0, inside('true'));
    const kept = await keepVm();
    const parts = partsOf(kept);
    process.kill(kept.pid, 'SIGSTOP');
    await assert.rejects(runInKeptVm(kept, ['true'], { patience: 500 }), /did not begin within 0.5 s/);
    process.kill(kept.pid, 'SIGCONT');
    await isEndedBy(0, inside('true'));
    process.kill(kept.pid, 'SIGSTOP');
    await isEndedBy(0, start('--down'));
    await haveEnded(parts);
  });

  it('runs nothing for a caller that left before its turn', async () => {
    await isEndedBy(0, inside('true'));
    const kept = keptNow();
    // Under qemu the request lies in the machine already.
    if (!processes().some(({ pid, words }) => pid === String(kept.pid) && words.includes('/keeper.js'))) return;
    process.kill(kept.pid, 'SIGSTOP');
    const left = inside('touch', '/run/was-here');
    const ended = collect(left);
    await sleep(1000);
    left.kill('SIGKILL');
    await ended;
    process.kill(kept.pid, 'SIGCONT');
    await isEndedBy(1, inside('test', '-e', '/run/was-here'));
  });
});
