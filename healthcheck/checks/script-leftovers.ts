// Processes that a script left running outside its process group: found by session, or by the mark in their environment.

import { randomUUID } from 'node:crypto';
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

const kill = (pid: string): void => {
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    // The process has ended meanwhile.
  }
};

const processes = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Kills every process of a session, and every process with a mark. */
export const endLeftovers = (session: number, mark: string): void => {
  for (const pid of processes())
    if (sessionOf(pid) === session || read(pid, 'environ').split('\0').includes(`${markName}=${mark}`)) kill(pid);
};

/** How long after the end of a script what has left its session and its pipes may go on, in milliseconds. */
const sweepAfter = 5000;

export type Marks = {
  /** The mark of a script that begins. */
  readonly begin: () => string;
  /** Call at its end: what it left anywhere ends some seconds later. */
  readonly end: (mark: string) => void;
};

/** Marks the scripts of this process. One sweep ends what all scripts of some seconds have left, and one what is left at the end. */
export const createMarks = (): Marks => {
  const own = randomUUID();
  const running = new Set<string>();
  /** Processes that were read before, and are no script's. */
  let foreign: ReadonlySet<string> = new Set();
  let count = 0;
  let isDue = false;

  const sweep = (): void => {
    isDue = false;
    const pids = processes();
    const others = new Set<string>();
    for (const pid of pids) {
      const mark = foreign.has(pid)
        ? undefined
        : new RegExp(`${markName}=(${own}-\\d+)`).exec(read(pid, 'environ'))?.[1];
      if (mark === undefined) others.add(pid);
      else if (!running.has(mark)) kill(pid);
    }
    foreign = others;
  };

  process.once('exit', () => {
    running.clear();
    sweep();
  });
  return {
    begin: () => {
      count += 1;
      const mark = `${own}-${count}`;
      running.add(mark);
      return mark;
    },
    end: (mark) => {
      running.delete(mark);
      if (isDue) return;
      isDue = true;
      setTimeout(sweep, sweepAfter).unref();
    },
  };
};
