// Where the programs of the director's processes lie, and which build of them that is.

import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type ProcessName = 'vrrp' | 'healthcheck';
export const processNames: readonly ProcessName[] = ['vrrp', 'healthcheck'];

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The compiled program of the process that a room runs. */
export const programOf = (room: ProcessName): string => join(root, room, 'process.js');

/**
 * A debugger that SIGUSR1 would open before a program's first line has run: no address has that name, and no resolver is asked.
 * Node 20 has no flag that turns the signal off.
 */
const noDebugger = '--inspect-port=[::1%x]:1024';

/** The young generation stays small (6 MiB instead of 48), since what is alive at a time is little; smaller still costs processor time. */
const frugal = '--max-semi-space-size=2';

/** How to start it: deaf to signals before its own modules are loaded, and without a debugger. */
export const commandOf = (room: ProcessName): readonly string[] => [
  process.execPath,
  noDebugger,
  frugal,
  '--import',
  pathToFileURL(join(root, 'base', 'ignored-signals.js')).href,
  programOf(room),
];

const versionOf = (folder: string): string => {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return version;
  } catch {
    return 'unknown';
  }
};

const markOf = (program: string): string => {
  try {
    const { mtimeMs, size } = statSync(program);
    return createHash('sha256').update(`${process.version} ${mtimeMs} ${size}`).digest('hex').slice(0, 8);
  } catch {
    // An installation that is being replaced; the start that follows fails, and the next one asks again.
    return 'missing';
  }
};

/**
 * What a process started now would run: the version, and a mark of Node and of when its program was built. It is asked at
 * each start, so it must be cheap: to read all files took seconds on a slow disk, while nobody was supervised.
 */
export const buildOf = (room: ProcessName, folder = root): string =>
  `${versionOf(join(folder, '..'))}+${markOf(join(folder, room, 'process.js'))}`;
