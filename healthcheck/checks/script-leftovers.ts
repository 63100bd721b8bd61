// What a script has left running that is no more of its process group: it is found by its session, or by the mark in its environment.

import { readdirSync, readFileSync } from 'node:fs';

/** The variable that marks what a probe has started. */
export const markName = 'REGENT_PROBE';

const read = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // It has ended, or is somebody else's.
    return '';
  }
};

/** The sixth field of stat (proc_pid_stat(5)); the name before it may hold anything. */
const sessionOf = (pid: string): number => Number(read(pid, 'stat').split(') ').at(-1)?.split(' ')[3]);

/** Ends every process of a session, and every one with a mark. */
export const endLeftovers = (session: number, mark: string): void => {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const isOurs = sessionOf(pid) === session || read(pid, 'environ').split('\0').includes(`${markName}=${mark}`);
    try {
      if (isOurs) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
};
