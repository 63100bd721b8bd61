// Real-time scheduling: how to start a process under it, and the scheduling of a process's threads.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { kernelError } from './error.ts';

/** How to start a program; `why` is the reason that it is not real-time. */
export type RealTimeCommand = {
  readonly command: readonly string[];
  readonly realTime: boolean;
  readonly why?: string;
};

const policies = ['other', 'fifo', 'round-robin', 'batch', undefined, 'idle', 'deadline', 'ext'] as const;

/** A thread's scheduling; `priority` is 1-99 for `fifo` and `round-robin`, otherwise 0; `ran` is in milliseconds. */
export type ThreadScheduling = {
  readonly thread: number;
  readonly name: string;
  readonly policy: Exclude<(typeof policies)[number], undefined> | 'unknown';
  readonly priority: number;
  readonly ran: number;
};

/** /proc counts in hundredths of a second on every Linux (USER_HZ). */
const userTick = 10;

/**
 * Wraps a command so that all of its threads run round-robin at `priority` (1-99). Capabilities, RLIMIT_RTPRIO, a control group
 * without a real-time share and a missing chrt(1) all forbid it, and only an attempt shows, so it is tried first.
 * @returns the command unchanged, with the reason, where it is not permitted.
 */
export const realTimeCommand = (command: readonly string[], priority: number): RealTimeCommand => {
  const wrapper = ['--rr', String(priority)];
  const { status, error, stderr } = spawnSync('chrt', [...wrapper, 'true'], { encoding: 'utf8' });
  if (status === 0) return { command: ['chrt', ...wrapper, ...command], realTime: true };
  const why = error?.message ?? (stderr.trim() || `chrt ended with ${status}`);
  return { command, realTime: false, why };
};

/** Parses /proc/PID/task/TID/stat (proc(5)): fields 14 and 15 are the run time, 40 and 41 priority and policy. */
export const parseThreadStat = (stat: string): ThreadScheduling | undefined => {
  // The name is in parentheses and may contain any character, parentheses included.
  const [, thread, name, rest] = /^(\d+) \((.*)\) (.*)$/s.exec(stat) ?? [];
  const fields = rest?.trim().split(' ') ?? [];
  const [inUser = NaN, inKernel = NaN, priority = NaN, policy = NaN] = [11, 12, 37, 38].map((at) => Number(fields[at]));
  if (name === undefined || Number.isNaN(priority) || Number.isNaN(policy)) return undefined;
  const ran = (inUser + inKernel) * userTick;
  return { thread: Number(thread), name, policy: policies[policy] ?? 'unknown', priority, ran };
};

/** The scheduling of each thread of a process. @throws KernelError ESRCH when there is no such process. */
export const readScheduling = (pid: number): ThreadScheduling[] => {
  const directory = `/proc/${pid}/task`;
  const readThread = (thread: string): ThreadScheduling[] => {
    try {
      return [parseThreadStat(readFileSync(`${directory}/${thread}/stat`, 'utf8')) ?? []].flat();
    } catch {
      // It has ended since.
      return [];
    }
  };
  try {
    return readdirSync(directory).flatMap(readThread);
  } catch {
    throw kernelError(`read the scheduling of process ${pid}`, constants.errno.ESRCH);
  }
};
