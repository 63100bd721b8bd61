// However the lab's main process ends, and whenever: no namespace, process or folder of it stays.

import { deepEqual, equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { folderOf, prefixOf, remainsOf } from '../../../lab/teardown.ts';

const program = fileURLToPath(new URL('../../../lab/main.js', import.meta.url));

/** Waits for the janitor, who works after the main process has gone. */
const isGone = async (prefix: string): Promise<boolean> => {
  for (let waited = 0; waited < 30_000; waited += 100) {
    if (remainsOf(prefix).length === 0 && !existsSync(folderOf(prefix))) return true;
    await sleep(100);
  }
  return false;
};

describe('the end of the lab', () => {
  // From the first namespace to the running directors.
  const moments = [150, 250, 400, 600, 1500];
  const rows = [
    ...moments.map((after) => ({ signal: 'SIGINT', after }) as const),
    ...moments.map((after) => ({ signal: 'SIGKILL', after }) as const),
    { signal: 'SIGTERM', after: 300 } as const,
    { signal: 'SIGHUP', after: 300 } as const,
  ];
  for (const { signal, after } of rows) {
    it(`by ${signal} after ${after} ms leaves nothing`, async () => {
      // As inside the virtual machine: straight on the kernel that is here, also where it has no IPVS.
      const env = { ...process.env, REGENT_VM: '1' };
      const child = spawn(process.execPath, [program, '--profile', 'seed'], { env, stdio: 'ignore' });
      const prefix = prefixOf(child.pid ?? 0);
      const ended = once(child, 'exit');
      await sleep(after);
      child.kill(signal);
      const [code, endedBy] = await ended;
      equal(await isGone(prefix), true, `left behind: ${remainsOf(prefix).join(', ')}`);
      // Nothing comes back from a process that was on its way.
      await sleep(200);
      deepEqual(remainsOf(prefix), []);
      const expected = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGKILL: null }[signal];
      // Before the program has set its handlers, the signal ends it in its own way.
      equal(code === expected || endedBy === signal, true, `${code} ${endedBy}`);
    });
  }
});
