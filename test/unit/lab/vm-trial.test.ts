// A trial is made once for each start of the host, by one process, and its answer is remembered.

import { equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryOnce, type Verdict } from '../../../lab/vm/trial.ts';

describe('a trial of the small machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-trial-'));
  after(() => rmSync(folder, { recursive: true }));
  let files = 0;
  const newFile = (): string => join(folder, `below/${++files}.json`);
  const counted = (verdict: Verdict) => {
    const trial = {
      count: 0,
      run: async (): Promise<Verdict> => {
        trial.count++;
        return verdict;
      },
    };
    return trial;
  };

  for (const [verdict, times] of [
    [{}, 1],
    [{ reason: 'hangs' }, 1],
    [{ reason: 'is late', isPassing: true }, 2],
  ] as const)
    it(`that ends with ${JSON.stringify(verdict)} is made ${times === 1 ? 'once' : 'again'}`, async () => {
      const [file, trial] = [newFile(), counted(verdict)];
      const reason = 'reason' in verdict ? verdict.reason : undefined;
      equal(await tryOnce(file, 'a kernel', trial.run), reason);
      equal(await tryOnce(file, 'a kernel', trial.run), reason);
      equal(trial.count, times);
    });

  it('is made again for another kernel, and after the host was started again', async () => {
    const [file, trial] = [newFile(), counted({ reason: 'hangs' })];
    await tryOnce(file, 'a kernel', trial.run);
    await tryOnce(file, 'another kernel', trial.run);
    equal(trial.count, 2);
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    writeFileSync(file, readFileSync(file, 'utf8').replace(bootId, 'another-boot'));
    await tryOnce(file, 'another kernel', trial.run);
    equal(trial.count, 3);
  });

  it('waits for a process that is at it', async () => {
    const [file, trial] = [newFile(), counted({})];
    const first = tryOnce(file, 'a kernel', async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { reason: 'hangs' };
    });
    equal(await tryOnce(file, 'a kernel', trial.run), 'hangs');
    equal(await first, 'hangs');
    equal(trial.count, 0);
  });

  it('is not made again when it ended its process', async () => {
    const [file, trial] = [newFile(), counted({})];
    const module = new URL('../../../lab/vm/trial.js', import.meta.url).href;
    const script = `import { tryOnce } from '${module}'; await tryOnce('${file}', 'a kernel', () => process.exit(1));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    equal((await once(child, 'exit'))[0], 1);
    equal(await tryOnce(file, 'a kernel', trial.run), 'ended the process that tried it');
    equal(trial.count, 0);
    // A trial that cannot do so was interrupted.
    equal(await tryOnce(file, 'a kernel', trial.run, false), undefined);
    equal(trial.count, 1);
  });
});
