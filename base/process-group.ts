// Programs of operators: each runs without a shell in a process group of its own, which is ended as a whole.

import { type ChildProcess, spawn } from 'node:child_process';

/** Where programs find other programs. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Starts a program from the root folder; its output is piped.
 * @param environment all of its environment beside PATH.
 * @throws Error where the arguments hold a zero byte.
 */
export const startGroup = (
  [program = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
) =>
  spawn(program, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: searchPath, ...environment },
  });

/** Kills a program and all that it has started, also where it has ended itself and left others behind. */
export const endGroup = ({ pid }: Pick<ChildProcess, 'pid'>): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
};
