// The inputs that are kept in test/fuzz/corpus, a folder a parser and a file an input, named by its digest.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = 'test/fuzz/corpus';

export const readCorpus = (name: string): Buffer[] => {
  const folder = join(root, name);
  return existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((file) => readFileSync(join(folder, file)))
    : [];
};

/** @returns the path of the file. */
export const keep = (name: string, input: Buffer): string => {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16));
  writeFileSync(path, input);
  return path;
};
