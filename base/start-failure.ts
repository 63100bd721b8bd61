// Why a program could not be started, in words: execve's ENOENT may mean the program, or the interpreter that it names.

import { closeSync, openSync, readSync } from 'node:fs';
import { harmlessText } from './harmless-text.ts';

/** The beginning of a file, as far as the kernel looks for an interpreter in it. */
const beginningOf = (path: string): Buffer | undefined => {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(256);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
};

const explainMissing = (path: string): string => {
  const beginning = beginningOf(path);
  if (beginning === undefined) return 'it is missing';
  const [, interpreter] = /^#![ \t]*([^\s]+\r?)/.exec(beginning.toString('latin1').split('\n')[0] ?? '') ?? [];
  if (interpreter === undefined) return 'the loader that it needs is missing';
  const why = interpreter.endsWith('\r') ? ' (its lines end in CR LF)' : '';
  return `its interpreter ${harmlessText(interpreter)} is missing${why}`;
};

/** @param path absolute; `error` is what spawning it gave. */
export const explainStartFailure = (path: string, { code, message }: NodeJS.ErrnoException): string => {
  switch (code) {
    case 'ENOENT':
      return `${path}: ${explainMissing(path)}`;
    case 'ENOTDIR':
      return `${path}: it is missing`;
    case 'EACCES':
      return `${path}: this user may not run it (EACCES)`;
    default:
      return `${path}: ${code ?? message}`;
  }
};
