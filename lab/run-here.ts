// A lab on this kernel: the drill or a shell, and its end, which always leaves nothing behind.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { EngineType } from './anycast/plan.ts';
import { openFleet, runFleet, usualFleet } from './anycast/run.ts';
import { startJanitor } from './janitor.ts';
import { openLab, runDrill } from './lab.ts';
import { type Paint, paintFor } from './log.ts';
import { type Report, renderReport } from './report.ts';
import { findLabs, isRunning, ownerOf, prefixOf, tearDown } from './teardown.ts';
import type { LabProfile } from './topology.ts';

export type RunOptions = {
  readonly profile: LabProfile;
  /** Of the profile anycast: how many connections are established. */
  readonly connections?: number;
  /** Of the profile anycast: the routing daemon of each director. */
  readonly directors?: readonly EngineType[];
  /** A file to write the report to as well. */
  readonly json?: string;
  /** Open a shell in this host instead of the drill. */
  readonly shell?: string;
  /** Leave the lab up at the end. */
  readonly keep?: boolean;
};

const usualConnections = 60;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Takes down every lab on this kernel whose process has ended. @returns the exit code. */
export const takeDownHere = (): number => {
  let code = 0;
  for (const prefix of findLabs()) {
    if (isRunning(prefix)) {
      print(`${prefix} is still at work: end it with Ctrl-C in its terminal, or by: kill ${ownerOf(prefix)}`);
      continue;
    }
    const remains = tearDown(prefix);
    print(remains.length === 0 ? `${prefix} is down.` : `${prefix}: ${remains.join(', ')} cannot be removed.`);
    if (remains.length > 0) code = 1;
  }
  return code;
};

const openShell = async (prefix: string, host: string): Promise<void> => {
  print(`A shell in ${host} of ${prefix}; leave it with Ctrl-D.`);
  const env = { ...process.env, PS1: `${host}# `, HISTFILE: '' };
  // A Ctrl-C in the shell belongs to the shell: it must not end the lab.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  await once(spawn('ip', ['netns', 'exec', `${prefix}-${host}`, 'bash', '--norc'], { env, stdio: 'inherit' }), 'exit');
  process.off('SIGINT', ignore);
};

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Runs the drill and shows its report. @returns the exit code. */
const drill = async (running: Promise<Report>, paint: Paint, json: string | undefined): Promise<number> => {
  const report = await running;
  print(renderReport(report, paint));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
  return report.held ? 0 : 1;
};

/** Creates a lab, runs the drill or a shell in it and takes it down again, unless it is kept. @returns the exit code. */
const runNewLab = async ({
  profile,
  connections = usualConnections,
  directors = usualFleet.directors,
  json,
  shell,
  keep,
}: RunOptions): Promise<number> => {
  const prefix = prefixOf(process.pid);
  const janitor = startJanitor(prefix);
  const end = (code: number): never => {
    const remains = tearDown(prefix);
    if (remains.length > 0) print(`Left behind: ${remains.join(', ')}`);
    process.exit(remains.length > 0 ? 1 : code);
  };
  // The handler itself removes everything of the lab: nothing else of this process runs in between.
  const interrupt = () => end(130);
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', () => end(143));
  process.on('SIGHUP', () => end(129));
  process.stdout.on('error', () => end(1));
  const paint = paintFor(process.stdout.isTTY === true, process.env);
  const plan = { ...usualFleet, directors };
  const open = (say: (text: string) => void) =>
    profile === 'anycast'
      ? openFleet({ prefix, print: say, paint }, plan)
      : openLab({ prefix, profile, print: say, paint });
  const perform = () =>
    profile === 'anycast'
      ? runFleet({ prefix, print, paint, connections }, plan)
      : runDrill({ prefix, profile, print, paint });

  let code = 0;
  try {
    if (shell === undefined) {
      code = await drill(perform(), paint, json);
    } else {
      let isTalking = true;
      await open((text) => (isTalking ? print(text) : undefined));
      // From here on the shell owns the terminal.
      isTalking = false;
      process.off('SIGINT', interrupt);
      await openShell(prefix, shell);
      process.on('SIGINT', interrupt);
    }
  } catch (error) {
    print(`The lab failed: ${describe(error)}`);
    code = 1;
  }
  if (keep !== true) return end(code);
  janitor.dismiss();
  print('Kept: `npm run lab -- --shell HOST` opens a shell in it, `npm run lab -- down` removes it.');
  return code;
};

/** Runs the lab on this kernel, which must have IPVS. Needs root. @returns the exit code. */
export const runHere = async (options: RunOptions): Promise<number> => {
  if (process.getuid?.() !== 0) {
    print('The lab makes network namespaces: run it as root.');
    return 1;
  }
  const kept = options.shell === undefined ? undefined : findLabs().find((prefix) => !isRunning(prefix));
  if (kept === undefined || options.shell === undefined) return runNewLab(options);
  await openShell(kept, options.shell);
  return 0;
};
