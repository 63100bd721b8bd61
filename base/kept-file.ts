// A state file with one writing process: written whole, and again later where the disk refuses. A damaged one is kept aside.

import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from './error.ts';
import { replaceFile } from './whole-file.ts';

export type KeptFile = {
  /** What it held when it was opened; undefined where it was not there, or could not be read. */
  readonly text: string | undefined;
  /** Why it could not be read. */
  readonly damage: string | undefined;
  /** Has the next write leave what it held as `NAME.damaged`: its reader could not make sense of it. */
  readonly keepAside: () => void;
  /** Writes now, or as soon as the disk lets it. Never throws. */
  readonly write: (text: string) => void;
  /** Why the file is out of date; undefined once all is written. */
  readonly fault: () => string | undefined;
};

/** Interval of retries, in milliseconds. */
const retryEvery = 2000;

/** @param onFault called with the reason when writing begins to fail, and without one when it works again */
export const openKeptFile = (path: string, onFault?: (why: string | undefined) => void): KeptFile => {
  let text: string | undefined;
  let damage: string | undefined;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') damage = messageOf(error);
  }

  let isKeptAside = damage !== undefined;
  let fault: string | undefined;
  let retry: NodeJS.Timeout | undefined;
  const write = (wanted: string): void => {
    clearTimeout(retry);
    const before = fault;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
      if (isKeptAside && existsSync(path)) renameSync(path, `${path}.damaged`);
      isKeptAside = false;
      replaceFile(path, wanted);
      fault = undefined;
    } catch (error) {
      fault = messageOf(error);
      retry = setTimeout(write, retryEvery, wanted);
      retry.unref();
    }
    // Another code alone is no news: a disk may be full and read-only by turns.
    if ((fault === undefined) !== (before === undefined)) onFault?.(fault);
  };

  return {
    text,
    damage,
    keepAside: () => {
      isKeptAside = true;
    },
    write,
    fault: () => fault,
  };
};
