// The files of this host, for those who are given them as a port.

import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import type { Files } from './include.ts';

const read = (path: string): string | undefined => {
  try {
    const text = readFileSync(path, 'utf8');
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
};

/** The files of this host. */
export const hostFiles: Files = {
  read,
  match: (pattern, directory) =>
    globSync(pattern, { cwd: directory, absolute: true, expandDirectories: false, dot: false }).sort(),
};
