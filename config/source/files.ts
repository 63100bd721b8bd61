// The files of this host, as ports.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../base/regular-file.ts';
import { mostCharacters } from './aliases.ts';
import type { Files, Surroundings } from './include.ts';
import type { ReadFile } from './secrets.ts';

const read = (path: string): ReadFile => {
  try {
    const text = readRegularFile(path, mostCharacters).toString('utf8');
    return text.includes('\0') ? { why: 'it is not a text file' } : { text };
  } catch (error) {
    return { why: messageOf(error) };
  }
};

/** Without wildcards it is one file, or what is no file and is refused with its reason. */
const match: Files['match'] = (pattern, directory) => {
  const path = resolve(directory, pattern);
  return isDynamicPattern(pattern)
    ? globSync(pattern, { cwd: directory, absolute: true, expandDirectories: false, dot: false }).sort()
    : existsSync(path)
      ? [path]
      : [];
};

/** This host's files. */
export const hostFiles: Files = { read, match };

/** The same with the environment of this process. */
export const hostSurroundings: Surroundings = { ...hostFiles, environment: (name) => process.env[name] };
