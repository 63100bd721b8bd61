// Puts a package in its place as a whole: another program may be installing the earlier version.

import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Replaces all versions of a package by a new one.
 * @param isVersion whether the file of this name is a version of it
 * @param make makes the package in a folder, and returns the name of its file
 * @returns the package's path
 */
export const placePackage = (
  destination: string,
  isVersion: (name: string) => boolean,
  make: (folder: string) => string,
): string => {
  const scratch = mkdtempSync(join(destination, '.pack-'));
  try {
    const name = make(scratch);
    renameSync(join(scratch, name), join(destination, name));
    for (const old of readdirSync(destination).filter((file) => file !== name && isVersion(file)))
      rmSync(join(destination, old), { force: true });
    return join(destination, name);
  } finally {
    rmSync(scratch, { recursive: true });
  }
};
