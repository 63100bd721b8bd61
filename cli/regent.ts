#!/usr/bin/env node
// Runs one command, and ends with its exit code.

import '../base/no-debugger.ts';

// A director outlives signals from its first moment on; it takes those that mean something to it when it runs.
if (process.argv.includes('run')) {
  await import('../base/ignored-signals.ts');
  await import('./frugal-memory.ts');
}
const { endWithReader } = await import('./closed-pipe.ts');
const { runCommand } = await import('./command.ts');

endWithReader();
process.exitCode = await runCommand(process.argv.slice(2));
