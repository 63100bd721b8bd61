// Standstills of a processor: taken away by a hypervisor or a quota, or held by the kernel's interrupt work. Then not even the
// highest priority ran on it, and its processes could not be moved. No program can prevent it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

/** A time in which a processor ran nothing, in milliseconds of wall time. */
export type Standstill = { readonly from: number; readonly to: number };

/** Milliseconds between two looks at the clock, and the extra delay that counts. */
const every = 2;
const noticedFrom = 10;

const witness = `
let last = Date.now();
setInterval(() => {
  const now = Date.now();
  if (now - last >= ${every + noticedFrom}) console.log(last, now);
  last = now;
}, ${every});
console.log('ready');`;

/** `end` returns the standstills of all processors, in no order. */
export type StandstillWatch = { readonly end: () => Promise<readonly Standstill[]> };

/** Watches each processor by a process of the highest real-time priority; without the permission for it, it sees nothing. */
export const watchStandstills = async (): Promise<StandstillWatch> => {
  const seen: Standstill[] = [];
  const witnesses: { readonly child: ChildProcess; readonly isRead: Promise<unknown> }[] = [];
  for (let processor = 0; processor < availableParallelism(); processor += 1) {
    const command = ['--rr', '99', 'taskset', '--cpu-list', String(processor), process.execPath, '-e', witness];
    const child = spawn('chrt', command, { stdio: ['ignore', 'pipe', 'ignore'] });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const [from, to] = line.split(' ').map(Number);
      if (from !== undefined && to !== undefined) seen.push({ from, to });
    });
    await Promise.race([once(lines, 'line'), once(child, 'close'), once(child, 'error')]);
    witnesses.push({ child, isRead: once(lines, 'close') });
  }
  return {
    end: async () => {
      for (const { child } of witnesses) child.kill('SIGKILL');
      await Promise.all(witnesses.map(({ isRead }) => isRead));
      return seen;
    },
  };
};
