// How many descriptors this process may have open (getrlimit(2), RLIMIT_NOFILE).

import { readFileSync } from 'node:fs';

/** What "unlimited" comes to: the kernel's own bound for a process, fs.nr_open. */
const boundless = 1_048_576;

/** Reads the soft limit out of the text of /proc/PID/limits (proc(5)). Pure. */
export const parseDescriptorLimit = (limits: string): number => {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === undefined) throw new Error('Cannot read the limit of open files: /proc/self/limits does not name it');
  return soft === 'unlimited' ? boundless : Number(soft);
};

/** The soft limit of this process; Node has raised it to the hard one at its start. */
export const readDescriptorLimit = (): number => parseDescriptorLimit(readFileSync('/proc/self/limits', 'utf8'));
