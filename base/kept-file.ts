// A state file with one writing process: written whole, and again later where the disk refuses. A damaged one is kept aside.

import { lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from './error.ts';
import { readRegularFile } from './regular-file.ts';
import { replaceFile } from './whole-file.ts';

/** The disk of a state file: the host's, or in tests a played disk, which may refuse. */
export type Disk = {
  /** @returns undefined where there is no such file. @throws the error of node:fs */
  readonly read: (path: string) => string | undefined;
  /** Renames a file to `NAME.damaged`, if it is there. @throws the error of node:fs */
  readonly keepAside: (path: string) => void;
  /** Writes a file as a whole; its folder is created where missing. @throws the error of node:fs */
  readonly replace: (path: string, text: string) => void;
  /** Calls back after that many milliseconds. @returns a function that cancels it. */
  readonly after: (span: number, call: () => void) => () => void;
};

export type KeptFile = {
  /** What it held when it was opened; undefined where it was not there, or could not be read. */
  readonly text: string | undefined;
  /** Why it could not be read. */
  readonly damage: string | undefined;
  /**
   * Renames the file to `NAME.damaged`, now or before the next write: its reader could not make sense of it.
   * @returns where it is kept, as text for the warning.
   */
  readonly keepAside: () => string;
  /** Writes now, or as soon as the disk lets it. Never throws. */
  readonly write: (text: string) => void;
  /** Why the file is out of date; undefined once all is written. */
  readonly fault: () => string | undefined;
};

/** Interval of retries, in milliseconds. */
const retryEvery = 2000;

/** More than regent ever writes, in bytes. */
const mostBytes = 64 * 2 ** 20;

/** Renames whatever is at a path to `NAME.damaged`, in the place of an earlier one. @throws the error of node:fs */
export const setAside = (path: string): void => {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  const damaged = `${path}.damaged`;
  // A folder can be renamed over nothing but an empty folder.
  rmSync(damaged, { recursive: true, force: true });
  renameSync(path, damaged);
};

const hostDisk: Disk = {
  read: (path) => {
    try {
      return readRegularFile(path, mostBytes).toString('utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  keepAside: setAside,
  replace: (path, text) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    replaceFile(path, text);
  },
  after: (span, call) => {
    const timer = setTimeout(call, span);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** @param onFault called with the reason when writing begins to fail, and without one when it works again */
export const openKeptFile = (
  path: string,
  onFault?: (why: string | undefined) => void,
  disk: Disk = hostDisk,
): KeptFile => {
  let text: string | undefined;
  let damage: string | undefined;
  try {
    text = disk.read(path);
  } catch (error) {
    damage = messageOf(error);
  }

  let isKeptAside = damage !== undefined;
  let fault: string | undefined;
  let callOff: (() => void) | undefined;
  const write = (wanted: string): void => {
    callOff?.();
    const before = fault;
    try {
      if (isKeptAside) disk.keepAside(path);
      isKeptAside = false;
      disk.replace(path, wanted);
      fault = undefined;
    } catch (error) {
      fault = messageOf(error);
      callOff = disk.after(retryEvery, () => write(wanted));
    }
    // Another code alone is no news: a disk may be full and read-only by turns.
    if ((fault === undefined) !== (before === undefined)) onFault?.(fault);
  };

  return {
    text,
    damage,
    keepAside: () => {
      try {
        disk.keepAside(path);
        isKeptAside = false;
        return `it is kept as ${path}.damaged`;
      } catch (error) {
        isKeptAside = true;
        return `it will be kept as ${path}.damaged once that can be written (${messageOf(error)})`;
      }
    },
    write,
    fault: () => fault,
  };
};
