// Replaces files as a whole: a reader, or a crash, finds the old text or the new one.

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Removes a file where that is possible. */
export const removeFile = (path: string): void => {
  try {
    rmSync(path, { force: true });
  } catch {
    // Read-only: it stays.
  }
};

/** Writes with mode 0600 and waits for the disk. @throws the error of node:fs */
export const replaceFile = (path: string, text: string): void => {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const fd = openSync(temporary, 'w', 0o600);
    try {
      // Writes everything or throws: a disk that fills up accepts a part.
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
};
