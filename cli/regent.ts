#!/usr/bin/env node
// Runs one command, and ends with its exit code.

import { endWithReader } from './closed-pipe.ts';
import { runCommand } from './command.ts';

endWithReader();
process.exitCode = await runCommand(process.argv.slice(2));
