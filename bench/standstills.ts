// When the machine itself stood still, as a hypervisor or a processor quota has it do: then not even what comes before everything
// else has run, on any processor. Nothing that runs on the machine can be blamed for it, and nothing can prevent it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

/** A time in which nothing ran, in milliseconds of wall time. */
export type Standstill = { readonly from: number; readonly to: number };

/** Milliseconds between two looks at the clock, and how much later one must be to count. */
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

/** The times that are in all of the lists. */
const common = ([first = [], ...rest]: readonly (readonly Standstill[])[]): readonly Standstill[] =>
  rest.reduce(
    (found, list) =>
      found.flatMap((one) =>
        list.flatMap((other) => {
          const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
          return to - from >= noticedFrom ? [{ from, to }] : [];
        }),
      ),
    first,
  );

export type StandstillWatch = { readonly end: () => readonly Standstill[] };

/** Watches each processor by a process of the highest real-time priority; without the permission for one it sees nothing. */
export const watchStandstills = async (): Promise<StandstillWatch> => {
  const seen: Standstill[][] = [];
  const children: ChildProcess[] = [];
  for (let processor = 0; processor < availableParallelism(); processor += 1) {
    const list: Standstill[] = [];
    const command = ['--rr', '99', 'taskset', '--cpu-list', String(processor), process.execPath, '-e', witness];
    const child = spawn('chrt', command, { stdio: ['ignore', 'pipe', 'ignore'] });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const [from, to] = line.split(' ').map(Number);
      if (from !== undefined && to !== undefined) list.push({ from, to });
    });
    await Promise.race([once(lines, 'line'), once(child, 'close'), once(child, 'error')]);
    seen.push(list);
    children.push(child);
  }
  return {
    end: () => {
      for (const child of children) child.kill('SIGKILL');
      return common(seen);
    },
  };
};
