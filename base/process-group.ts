// Runs operators' programs: without a shell, each in its own process group, which is killed as a whole.

import { type ChildProcess, spawn } from 'node:child_process';
import { createGroupGuard } from './group-guard.ts';

/** PATH of the programs. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** One guard for the life of this process, like a signal handler. */
const guard = createGroupGuard();

/**
 * Starts a program in the root folder, with its output piped; its group is killed if this process ends first.
 * @param environment its whole environment besides PATH.
 * @throws if an argument contains a zero byte.
 */
export const startGroup = (
  [program = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
) =>
  guard.watch(() =>
    spawn(program, args, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: searchPath, ...environment },
    }),
  );

/** Kills a program and all processes that it started, even if it has itself ended. */
export const endGroup = ({ pid }: Pick<ChildProcess, 'pid'>): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended.
  }
};
