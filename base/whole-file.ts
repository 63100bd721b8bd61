// Files that are replaced as a whole: a reader and a crash find the old text or the new one.

import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/** Writes for root alone, and waits for the disk. @throws Error of fs */
export const replaceFile = (path: string, text: string): void => {
  const temporary = `${path}.${process.pid}.tmp`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
};
