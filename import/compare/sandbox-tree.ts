// The empty files and directories with which directories of the host are covered. Writes to the host's temporary directory alone.

import { chmodSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Footprint } from './footprint.ts';

const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The nearest existing directory at or above a path; undefined for the root, over which nothing can be mounted. */
const nearest = (directory: string): string | undefined => {
  if (directory === '/') return undefined;
  return existsSync(directory) ? realpathSync(directory) : nearest(dirname(directory));
};

const placesOf = (program: string): readonly string[] => {
  if (program.includes('/')) return [resolve(program)];
  const found = searchPath.map((directory) => join(directory, program)).filter((path) => existsSync(path));
  return found.length > 0 ? found : [join('/usr/bin', program)];
};

/** A directory by its real path, as far as it exists. */
const realPath = (directory: string): string => {
  if (existsSync(directory)) return realpathSync(directory);
  return join(realPath(dirname(directory)), basename(directory));
};

const writeProgram = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  chmodSync(path, 0o755);
};

/**
 * Creates a layer for each directory to cover, `tree/1` and so on, and `root` for what is new in the root itself.
 * @returns the directories, an outer one before those within it.
 */
export const layTree = (work: string, { programs, directories }: Footprint): readonly string[] => {
  const covers = new Map<string, { readonly programs: string[]; readonly directories: string[] }>();
  const coverOf = (directory: string) => {
    const base = nearest(directory);
    if (base === undefined) return undefined;
    const cover = covers.get(base) ?? { programs: [], directories: [] };
    covers.set(base, cover);
    return cover;
  };
  for (const directory of ['/tmp', ...directories.map((each) => resolve(each))]) {
    const cover = coverOf(directory);
    if (cover === undefined) mkdirSync(join(work, 'root', directory), { recursive: true });
    else cover.directories.push(realPath(directory));
  }
  for (const program of programs.flatMap(placesOf)) {
    const directory = dirname(program);
    const cover = coverOf(directory);
    if (cover === undefined) writeProgram(join(work, 'root', program));
    else cover.programs.push(join(realPath(directory), basename(program)));
  }
  const bases = [...covers].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [index, [base, cover]] of bases.entries()) {
    const layer = join(work, 'tree', String(index + 1));
    const within = (path: string): string => join(layer, path.startsWith(base) ? path.slice(base.length) : path);
    mkdirSync(layer, { recursive: true });
    for (const directory of cover.directories) mkdirSync(within(directory), { recursive: true });
    for (const program of cover.programs) writeProgram(within(program));
  }
  return bases.map(([base]) => base);
};
