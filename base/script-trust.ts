// Which programs may be run with the rights of a process: only root can have written them, the links that lead to them, and the
// interpreters that their first lines name. Its own user does not count, since a process of that user with fewer rights could
// write them.

import { closeSync, constants, existsSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** PATH of operators' programs. */
export const usualSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

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

/** The kernel reads as much of a program to learn what runs it (BINPRM_BUF_SIZE). */
const firstBytes = 256;
/** Programs that run programs; the kernel follows four interpreters that are scripts themselves. */
const longestChain = 8;

/** The interpreter in the first line and its arguments; empty for a program that needs none. */
const interpreterOf = (path: string): readonly string[] => {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(firstBytes);
    const [line = ''] = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, firstBytes, 0)).split(/[\n\0]/);
    return line.startsWith('#!')
      ? line
          .slice(2)
          .split(/[ \t]+/)
          .filter(Boolean)
      : [];
  } finally {
    closeSync(descriptor);
  }
};

const interpreters = /^(sh|[abkz]sh|bash|dash|python|perl|ruby|lua|php|node|nodejs)[\d.]*$/;

/** What a program runs, by its arguments: `env` a program of PATH, and an interpreter the file that comes first. */
const runBy = (
  program: string,
  words: readonly string[],
  searchPath: string,
): { readonly path: string; readonly rest: readonly string[]; readonly isProgram: boolean } | undefined => {
  const isEnv = basename(program) === 'env';
  if (!isEnv && !interpreters.test(basename(program))) return undefined;
  const index = words.findIndex((word) => !word.startsWith('-') && !(isEnv && word.includes('=')));
  const named = words[index];
  if (named === undefined) return undefined;
  const places = isEnv && !named.includes('/') ? searchPath.split(':').map((folder) => join(folder, named)) : [named];
  const path = places.find((place) => existsSync(resolve('/', place)));
  return path === undefined ? undefined : { path: resolve('/', path), rest: words.slice(index + 1), isProgram: isEnv };
};

const judge = (
  program: string,
  words: readonly string[],
  searchPath: string,
  isProgram: boolean,
  length: number,
): string | undefined => {
  if (length > longestChain) return `${program} is run by too many interpreters`;
  const found = follow(resolve('/', program), 0);
  if (typeof found === 'string') return found;
  if (found.type !== 'file') return `${found.path} is not a file`;
  if (isProgram && (found.mode & 0o111) === 0) return `${found.path} is not executable`;
  const why = whyNot(found);
  if (why !== undefined || !isProgram) return why;
  const [interpreter, ...given] = interpreterOf(found.path);
  // A missing interpreter is explained where the start fails.
  const whyOfInterpreter =
    interpreter === undefined || !existsSync(resolve('/', interpreter))
      ? undefined
      : judge(interpreter, given, searchPath, true, length + 1);
  if (whyOfInterpreter !== undefined) return `its interpreter is not trusted: ${whyOfInterpreter}`;
  const next = runBy(program, words, searchPath);
  return next && judge(next.path, next.rest, searchPath, next.isProgram, length + 1);
};

/**
 * Why a command may not be run: its program, an interpreter, or the file that one is given, may be written by others; undefined
 * when it may be run.
 * @param searchPath where `env` looks for a program.
 */
export const whyUntrusted = (command: readonly string[], searchPath = usualSearchPath): string | undefined => {
  const [program = '', ...words] = command;
  try {
    return judge(program, words, searchPath, true, 1);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'it is missing' : (code ?? message);
  }
};
