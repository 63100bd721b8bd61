// Runs one command and returns its exit code.

import { CommanderError } from 'commander';
import { messageOf } from '../base/error.ts';
import { UnreachableError } from '../controller/control/client.ts';
import { program } from './command-line.ts';
import { exitCodes, isWrongUsage } from './exit-codes.ts';

const codeOf = (error: unknown): number => {
  if (isWrongUsage(error)) return exitCodes.wrongUsage;
  return error instanceof UnreachableError ? exitCodes.unreachable : exitCodes.failed;
};

/** @param words as typed after `regent`. @returns one of {@link exitCodes}; the director of `regent run` goes on afterwards. */
export const runCommand = async (words: readonly string[]): Promise<number> => {
  try {
    // A command such as `health` reports its result by this.
    process.exitCode = exitCodes.done;
    await program.parseAsync(words, { from: 'user' });
    return Number(process.exitCode);
  } catch (error) {
    // Commander has printed the error itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage;
    process.stderr.write(`${messageOf(error)}\n`);
    return codeOf(error);
  }
};
