#!/usr/bin/env node
// Runs one command, and ends with its exit code.

import { CommanderError } from 'commander';
import { endWithReader } from './closed-pipe.ts';
import { program } from './command-line.ts';
import { exitCodes, WrongUsage } from './exit-codes.ts';

endWithReader();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage;
  else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    const isWrong = error instanceof WrongUsage;
    const isUnreachable = error instanceof Error && error.message.startsWith('Cannot reach the director');
    process.exitCode = isWrong ? exitCodes.wrongUsage : isUnreachable ? exitCodes.unreachable : exitCodes.failed;
  }
}
