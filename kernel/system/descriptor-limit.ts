// The limit of open descriptors of this process (getrlimit(2), RLIMIT_NOFILE).

import { readFileSync } from 'node:fs';

/** The value of "unlimited": the kernel's own limit for a process, fs.nr_open. */
const boundless = 1_048_576;

/** Parses the soft limit from the text of /proc/PID/limits (proc(5)). Pure. */
export const parseDescriptorLimit = (limits: string): number => {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === undefined) throw new Error('Cannot read the limit of open files: /proc/self/limits does not name it');
  return soft === 'unlimited' ? boundless : Number(soft);
};

/** The soft limit of this process; Node raises it to the hard limit at its start. */
export const readDescriptorLimit = (): number => parseDescriptorLimit(readFileSync('/proc/self/limits', 'utf8'));
