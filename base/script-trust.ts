// Which programs may be run with the rights of a process: only root can have written them, or the links that lead to them. Its own
// user does not count, since a process of that user with fewer rights could write them.

import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const othersMayWrite = 0o022;
const sticky = 0o1000;
const typeMask = 0o170000;
/** The kernel follows as many. */
const mostLinks = 40;

type Entry = {
  readonly path: string;
  readonly uid: number;
  readonly mode: number;
  readonly type: 'file' | 'folder' | 'link' | 'other';
};

const typeOf = (mode: number): Entry['type'] => {
  const type = mode & typeMask;
  if (type === 0o100000) return 'file';
  if (type === 0o040000) return 'folder';
  return type === 0o120000 ? 'link' : 'other';
};

const entryAt = (path: string): Entry => {
  const { uid, mode } = lstatSync(path);
  return { path, uid, mode, type: typeOf(mode) };
};

/** In a sticky folder, such as /tmp, only root can replace what is root's. A link's own mode means nothing. */
const whyNot = ({ path, uid, mode, type }: Entry): string | undefined => {
  if (uid !== 0) return `${path} does not belong to root`;
  const isOpen = type !== 'link' && (mode & othersMayWrite) !== 0 && !(type === 'folder' && (mode & sticky) !== 0);
  return isOpen ? `others than root may write ${path}` : undefined;
};

/** The path from the root on, and behind each link the path that it leads to: which file is run in the end, or why it may not be. */
const follow = (path: string, links: number): Entry | string => {
  if (links > mostLinks) return `${path} is behind too many links`;
  const parts = path.split('/').filter(Boolean);
  let at = entryAt('/');
  for (const [index, part] of parts.entries()) {
    const why = whyNot(at);
    if (why !== undefined) return why;
    at = entryAt(join(at.path, part));
    if (at.type !== 'link') continue;
    const target = resolve(dirname(at.path), readlinkSync(at.path), ...parts.slice(index + 1));
    return whyNot(at) ?? follow(target, links + 1);
  }
  return at;
};

/** Why a program may not be run; undefined when it may. */
export const whyUntrusted = (program: string): string | undefined => {
  try {
    const found = follow(resolve(program), 0);
    if (typeof found === 'string') return found;
    if (found.type !== 'file') return `${found.path} is not a file`;
    if ((found.mode & 0o111) === 0) return `${found.path} is not executable`;
    return whyNot(found);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'it is missing' : (code ?? message);
  }
};
