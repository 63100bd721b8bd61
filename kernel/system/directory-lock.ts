// Gives a directory to one process: the kernel drops the lock when the process ends, so it is never stale.

import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { kernelError } from './error.ts';
import { lockDescriptor } from './libc.ts';

export type DirectoryLock = {
  /** Whether the file in the directory is still the locked one. */
  readonly isInPlace: () => boolean;
  readonly release: () => void;
};

/** The process that holds the directory; undefined where its file has no pid. */
export type Holder = { readonly pid: number | undefined };

const fileName = 'regent.lock';

/** @returns the lock, or its holder. @throws Error of fs, KernelError */
export const lockDirectory = (directory: string): DirectoryLock | Holder => {
  const path = join(directory, fileName);
  const fd = openSync(path, 'a+', 0o640);
  const errno = lockDescriptor(fd);
  if (errno !== 0) {
    closeSync(fd);
    if (errno !== constants.errno.EWOULDBLOCK) throw kernelError(`lock ${path}`, errno);
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return { pid: Number.isNaN(pid) ? undefined : pid };
  }
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch {
    // On a full disk the lock holds all the same; its file names no process.
  }
  return {
    isInPlace: () => {
      try {
        return statSync(path).ino === fstatSync(fd).ino;
      } catch {
        return false;
      }
    },
    release: () => closeSync(fd),
  };
};
