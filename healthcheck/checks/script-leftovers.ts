// Processes that a script left running outside its process group: found by session, or by the mark in their environment.

import { readdirSync, readFileSync } from 'node:fs';

/** The variable that marks the processes of a probe. */
export const markName = 'REGENT_PROBE';

const read = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // The process has ended, or belongs to another user.
    return '';
  }
};

/** The sixth field of stat (proc_pid_stat(5)); the name before it may contain anything. */
const sessionOf = (pid: string): number => Number(read(pid, 'stat').split(') ').at(-1)?.split(' ')[3]);

/** Kills every process of a session, and every process with a mark. */
export const endLeftovers = (session: number, mark: string): void => {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const isOurs = sessionOf(pid) === session || read(pid, 'environ').split('\0').includes(`${markName}=${mark}`);
    try {
      if (isOurs) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // The process has ended meanwhile.
    }
  }
};
