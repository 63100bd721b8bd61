// Programs of operators: each runs without a shell in a process group of its own, which is ended as a whole.

import { type ChildProcess, spawn } from 'node:child_process';
import { createGroupGuard } from './group-guard.ts';

/** Where programs find other programs. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Like a handler of signals, the guard is the process's: it stands for its life. */
const guard = createGroupGuard();

/**
 * Starts a program from the root folder; its output is piped. It is killed with its group where this process ends before it.
 * @param environment all of its environment beside PATH.
 * @throws Error where the arguments hold a zero byte.
 */
export const startGroup = (
  [program = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
) => {
  const child = spawn(program, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: searchPath, ...environment },
  });
  guard.watch(child);
  return child;
};

/** Kills a program and all that it has started, also where it has ended itself and left others behind. */
export const endGroup = ({ pid }: Pick<ChildProcess, 'pid'>): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
};
