// Explains why a program could not be started: execve's ENOENT may mean the program or its interpreter.

import { closeSync, openSync, readSync } from 'node:fs';
import { harmlessText } from './harmless-text.ts';

/** The first bytes of a file, in which the kernel looks for an interpreter. */
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

/** Explains spawn's error in readable text. @param path absolute. */
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
