#!/usr/bin/env -S node --inspect-port=[::1%x]:1024
// Runs one command, and exits with its code. A debugger opened by SIGUSR1 before the first line finds no address.

import '../base/no-debugger.ts';

// A director ignores signals from its start; it handles those it knows once it runs.
if (process.argv.includes('run')) {
  await import('../base/ignored-signals.ts');
  (await import('../base/small-heap.ts')).keepHeapSmall();
}
const { endWithReader } = await import('./closed-pipe.ts');
const { runCommand } = await import('./command.ts');

endWithReader();
process.exitCode = await runCommand(process.argv.slice(2));
