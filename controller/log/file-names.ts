// The names of a log that is turned over: `a.log` is the newest file, `a1.log` the one before it. Pure.

import { join, parse } from 'node:path';

/** Oldest first. */
export const fileNames = (path: string, files: number): readonly string[] => {
  const { dir, name, ext } = parse(path);
  const numbers = Array.from({ length: files - 1 }, (_, index) => files - 1 - index);
  return [...numbers.map((number) => join(dir, `${name}${number}${ext}`)), path];
};

/** The renamings that make room for a new file, in their order. */
export const turnOverNames = (path: string, files: number): readonly (readonly [from: string, to: string])[] => {
  const names = fileNames(path, files);
  return names.slice(0, -1).flatMap((older, index) => {
    const newer = names[index + 1];
    return newer === undefined ? [] : [[newer, older] as const];
  });
};
