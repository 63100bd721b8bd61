// The paths and builds of the director's programs.

import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiledFolder, nodeFlags, programFile } from '../../base/installed-programs.ts';

export type ProcessName = 'vrrp' | 'healthcheck';
export const processNames: readonly ProcessName[] = ['vrrp', 'healthcheck'];

/**
 * SIGUSR1 would open a debugger before a program's first line has run: this address cannot be bound, and needs no resolver. Node
 * 20 has no flag that turns the signal off.
 */
const noDebugger = '--inspect-port=[::1%x]:1024';

/** The start command: signals are ignored before the program's own modules are loaded, and there is no debugger. */
export const commandOf = (room: ProcessName): readonly string[] => [
  process.execPath,
  noDebugger,
  ...nodeFlags[room],
  '--import',
  pathToFileURL(join(compiledFolder, 'base', 'ignored-signals.js')).href,
  programFile(room),
];

const versionOf = (folder: string): string => {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return version;
  } catch {
    return 'unknown';
  }
};

/** The version of this program. */
export const installedVersion = (): string => versionOf(join(compiledFolder, '..'));

const markOf = (program: string): string => {
  try {
    const { mtimeMs, size } = statSync(program);
    return createHash('sha256').update(`${process.version} ${mtimeMs} ${size}`).digest('hex').slice(0, 8);
  } catch {
    // The installation is being replaced; this start fails, and the next one asks again.
    return 'missing';
  }
};

/**
 * The build of a process started now: the version, and a digest of Node's version and the program file's time and size. It is
 * read at each start, so it must be cheap: reading all files took seconds on a slow disk, without supervision meanwhile.
 */
export const buildOf = (room: ProcessName, folder = compiledFolder): string =>
  `${versionOf(join(folder, '..'))}+${markOf(programFile(room, folder))}`;
