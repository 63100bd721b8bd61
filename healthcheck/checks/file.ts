// The file check: a file on this host says whether a server is up, or gives its weight.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { messageOf } from '../../base/error.ts';
import type { FileCheck } from '../../config/model/check-model.ts';
import { type Attempt, attempt } from '../attempt.ts';
import type { Probe } from '../outcome.ts';
import { parseWeight } from './weight.ts';

const mostBytes = 4096;

/** The beginning of a regular file; undefined if there is none. */
const readBeginning = async (path: string): Promise<string | undefined> => {
  try {
    // Non-blocking: opening a pipe would otherwise hold a thread until a writer opens it.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) throw new Error('it is not a regular file');
      const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
      return buffer.toString('utf8', 0, bytesRead).trim();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

const judge = ({ path, content, missing }: FileCheck, text: string | undefined, run: Attempt): void => {
  if (text === undefined) {
    if (missing === 'up') run.succeed();
    else run.fail(`${path} is missing`);
    return;
  }
  // Unreadable content is a local fault; the verdict stays.
  if (content === 'weight') {
    const weight = parseWeight(text);
    if (weight === undefined) run.fault(`${path} holds no weight from 0 to 65535: "${text.slice(0, 60)}"`);
    else run.succeed({ weight });
  } else if (text.toLowerCase() === 'up') run.succeed();
  else if (text.toLowerCase() === 'down') run.fail(`${path} says down`);
  else run.fault(`${path} holds neither "up" nor "down": "${text.slice(0, 60)}"`);
};

export const probeFile: Probe<FileCheck> = (target, timeout) =>
  attempt(target.id, timeout, (run) => {
    const { check } = target;
    const refuse = (why: string): void => run.fault(`${check.path}: ${why}`);
    run.atDeadline(() => refuse('it cannot be read in time'));
    readBeginning(check.path).then(
      (text) => {
        if (!run.isOver()) judge(check, text, run);
      },
      (error: unknown) => refuse(messageOf(error)),
    );
    return () => {};
  });
