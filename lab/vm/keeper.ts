// Keeps user-mode Linux up between commands: a process that owns the machine, and lends its sessions by Unix sockets.
// Arguments: the folder for the sockets, the number of sessions, the machine's options as JSON. See kept-vm.ts.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createErrorLoan, createLoan } from './loan.ts';
import { type MachineOptions, startSharedMachine } from './machine.ts';

const [folder = '', sessions = '', options = ''] = process.argv.slice(2);
const machine = startSharedMachine(JSON.parse(options) as MachineOptions, Number(sessions));
// The handler of the exit ends the machine.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
void machine.ended.then(() => process.exit(0));
for (const [session, { data, error }] of machine.sessions.entries()) {
  // Before that a request would be taken for what is typed at a terminal.
  void once(data, 'readable').then(() => {
    createServer(createLoan(data, (nonce) => machine.hangUp(session, nonce))).listen(join(folder, `data${session}`));
    createServer(createErrorLoan(error)).listen(join(folder, `error${session}`));
  });
}
