// Puts the files of a folder into another one in the place of what is there: each as a whole, and none that is the same already.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const isSame = (one: string, other: string, since: number): boolean =>
  existsSync(other) && statSync(other).mtimeMs >= since && readFileSync(one).equals(readFileSync(other));

/** What the other folder has beside them stays. @param since files older than this time, in milliseconds, are made anew. */
export const layFiles = (from: string, to: string, since: number): void => {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, source.slice(from.length));
    if (isSame(source, target, since)) continue;
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(source, `${target}.new`);
    renameSync(`${target}.new`, target);
  }
};
