// Runs operators' programs: without a shell, each in its own process group, which is killed as a whole.

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createGroupGuard } from './group-guard.ts';
import { usualSearchPath } from './script-trust.ts';

/**
 * Starts a program in the root folder, with its output piped; its group is killed if this process ends first.
 * @param environment its whole environment besides PATH.
 * @throws if an argument contains a zero byte.
 */
export type StartGroup = (
  command: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
) => ChildProcessByStdio<null, Readable, Readable>;

/** Programs started by one starter share a guard, which a process needs once. */
export const createGroupStarter = (): StartGroup => {
  const guard = createGroupGuard();
  return ([program = '', ...args], environment) =>
    guard.watch((mark) =>
      spawn(program, args, {
        cwd: '/',
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: usualSearchPath, ...environment, ...mark },
      }),
    );
};

/** Kills a program and all processes that it started, even if it has itself ended. */
export const endGroup = ({ pid }: Pick<ChildProcess, 'pid'>): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended.
  }
};
