// Keeps user-mode Linux up between commands: a process that owns the machine, and lends its sessions by Unix sockets.
// Arguments: the folder for its pid and the sockets, the number of sessions, the machine's options as JSON. See kept-vm.ts.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createErrorLoan, createLoan } from './loan.ts';
import { bootMilliseconds, type MachineOptions, startSharedMachine } from './machine.ts';

const [folder = '', sessions = '', options = ''] = process.argv.slice(2);
// The handler of the exit ends the machine.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
// Without the folder no client will find the machine: this throws.
writeFileSync(join(folder, 'pid'), `${process.pid}`);
const machine = startSharedMachine(JSON.parse(options) as MachineOptions, Number(sessions));
void machine.ended.then(() => process.exit(0));
const bootTimer = setTimeout(() => process.exit(1), bootMilliseconds);

const lend = async (session: number): Promise<void> => {
  const ports = machine.sessions[session];
  if (ports === undefined) return;
  // Before that a request would be taken for what is typed at a terminal.
  await once(ports.data, 'readable');
  const loans = {
    data: createLoan(ports.data, (nonce) => machine.hangUp(session, nonce)),
    error: createErrorLoan(ports.error),
  };
  for (const [name, loan] of Object.entries(loans)) createServer(loan).listen(join(folder, `${name}${session}`));
};
await Promise.all([...machine.sessions.keys()].map(lend));
clearTimeout(bootTimer);
machine.removeFiles();
