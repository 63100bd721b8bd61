// The same lab in the small virtual machine, for a host whose kernel has no IPVS.

import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { paintFor, plain } from './log.ts';
import type { RunOptions } from './run-here.ts';
import { runInKeptVm } from './vm/kept-session.ts';
import { endKeptVm, findKeptVm, keepVm } from './vm/kept-vm.ts';
import { projectFolder } from './vm/project.ts';
import { runInVm } from './vm/run-in-vm.ts';

const program = fileURLToPath(new URL('./main.js', import.meta.url));
/** The only folder that the lab inside may write and the host reads. */
const exchange = join(projectFolder, '.cache', 'lab');

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const commandOf = (
  { profile, connections, directors, shell, keep }: RunOptions,
  json: string | undefined,
): readonly string[] => [
  process.execPath,
  program,
  ...['--profile', profile],
  ...(connections === undefined ? [] : ['--connections', String(connections)]),
  ...(directors === undefined ? [] : ['--directors', directors.join()]),
  ...(json === undefined ? [] : ['--json', json]),
  ...(shell === undefined ? [] : ['--shell', shell]),
  ...(keep === true ? ['--keep'] : []),
];

/** Runs the command in a machine that stays up; ends the machine unless the lab in it is kept. */
const runKept = async (options: RunOptions, command: readonly string[]): Promise<number> => {
  const isOld = findKeptVm() !== undefined;
  let isStopped = false;
  const stop = () => {
    isStopped = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // These two signals do not reach the command inside, so the machine ends at once with the command.
  const endNow = () => void endKeptVm().then(() => process.exit(143));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, endNow);
  try {
    const kept = await keepVm({ exchange: [exchange], say });
    if (isStopped) return 130;
    return await runInKeptVm(kept, command, { terminal: options.shell !== undefined && process.stdin.isTTY === true });
  } finally {
    if (isStopped || (options.keep !== true && !isOld)) await endKeptVm();
  }
};

/** Runs the lab in the virtual machine. @returns the exit code. */
export const runInMachine = async (options: RunOptions): Promise<number> => {
  say('This kernel has no IPVS: the lab runs in a small virtual machine.');
  // Inside, standard output is not a terminal.
  if (paintFor(process.stdout.isTTY === true, process.env) !== plain) process.env.FORCE_COLOR = '1';
  const json = options.json === undefined ? undefined : join(exchange, `${process.pid}.json`);
  await mkdir(exchange, { recursive: true });
  const command = commandOf(options, json);
  const isKept = options.keep === true || options.shell !== undefined;
  try {
    const code = isKept ? await runKept(options, command) : await runInVm(command, { exchange: [exchange], say });
    if (json !== undefined && options.json !== undefined) await copyFile(json, options.json);
    return code;
  } finally {
    if (json !== undefined) await rm(json, { force: true });
  }
};

/** Ends the kept machine with the lab in it. @returns the exit code. */
export const takeDownMachine = async (): Promise<number> => {
  if (findKeptVm() === undefined) return 0;
  await endKeptVm();
  process.stdout.write('The virtual machine is down.\n');
  return 0;
};
