// Runs the tools that make packages; a failing one ends the run with its own message.

import { spawnSync } from 'node:child_process';

/** The Debian packages of programs that a machine may lack. */
const packageOf: Readonly<Record<string, string>> = { git: 'git', objdump: 'binutils' };

/** @returns its standard output. @throws Error with its output, if it exits with a code other than 0. */
export const runTool = (
  command: readonly string[],
  options: { readonly in?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): string => {
  const [program = '', ...args] = command;
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...(options.in !== undefined && { cwd: options.in }),
    env: { ...process.env, ...options.environment },
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    throw new Error(`needs ${program}, which is not installed: the package ${packageOf[program] ?? program} has it`);
  if (status !== 0)
    throw new Error(`${command.join(' ')}: ${error?.message ?? `ended with ${status}\n${stdout}${stderr}`}`);
  return stdout;
};
