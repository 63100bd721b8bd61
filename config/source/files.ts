// The files of this host, as ports.

import { globSync } from 'tinyglobby';
import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../base/regular-file.ts';
import { mostCharacters } from './aliases.ts';
import type { Files, FilesWithReason, ReadFile } from './include.ts';

const read = (path: string): ReadFile => {
  try {
    const text = readRegularFile(path, mostCharacters).toString('utf8');
    return text.includes('\0') ? { why: 'it is not a text file' } : { text };
  } catch (error) {
    return { why: messageOf(error) };
  }
};

const match: Files['match'] = (pattern, directory) =>
  globSync(pattern, { cwd: directory, absolute: true, expandDirectories: false, dot: false }).sort();

/** This host's files, with the reason if one cannot be read. */
export const filesWithReason: FilesWithReason = { read, match };

/** This host's files. */
export const hostFiles: Files = {
  read: (path) => {
    const found = read(path);
    return 'text' in found ? found.text : undefined;
  },
  match,
};
