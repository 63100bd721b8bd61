// Which programs may be run with the rights of a process: only root can have written them. Its own user does not count, since a
// process of that user with fewer rights could write them.

import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';

const othersMayWrite = 0o022;
const sticky = 0o1000;

/** Checks folders up to the root; in a sticky one, such as /tmp, only root can replace root's files. */
const whyNot = (path: string): string | undefined => {
  const { uid, mode } = lstatSync(path);
  const isFolder = (mode & 0o170000) === 0o040000;
  if (uid !== 0) return `${path} does not belong to root`;
  if ((mode & othersMayWrite) !== 0 && !(isFolder && (mode & sticky) !== 0))
    return `others than root may write ${path}`;
  return path === '/' ? undefined : whyNot(dirname(path));
};

/** Why a program may not be run; undefined when it may. */
export const whyUntrusted = (program: string): string | undefined => {
  try {
    const path = realpathSync(program);
    const { mode } = lstatSync(path);
    if ((mode & 0o170000) !== 0o100000) return `${path} is not a file`;
    if ((mode & 0o111) === 0) return `${path} is not executable`;
    return whyNot(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'it is missing' : (code ?? message);
  }
};
