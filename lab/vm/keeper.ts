// Keeps user-mode Linux up between commands: a process that owns the machine, and lends its sessions by Unix sockets.
// Arguments: the folder for the sockets, the number of sessions, the machine's options as JSON. See kept-vm.ts.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { type MachineOptions, startSharedMachine } from './machine.ts';

/** Whoever is connected last has the stream; what it says while nobody is there is dropped. */
const lend = (stream: Duplex | Readable, path: string, onLeave: () => void): void => {
  let guest: Socket | undefined;
  stream.on('data', (bytes: Buffer) => void guest?.write(bytes));
  createServer((socket) => {
    guest = socket;
    socket.on('error', () => {});
    if ('write' in stream) socket.on('data', (bytes) => void stream.write(bytes));
    socket.once('close', () => {
      if (guest === socket) guest = undefined;
      onLeave();
    });
  }).listen(path);
};

const [folder = '', sessions = '', options = ''] = process.argv.slice(2);
const machine = startSharedMachine(JSON.parse(options) as MachineOptions, Number(sessions));
// The handler of the exit ends the machine.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
void machine.ended.then(() => process.exit(0));
for (const [session, { data, error }] of machine.sessions.entries()) {
  // Before that a request would be taken for what is typed at a terminal.
  void once(data, 'readable').then(() => {
    lend(data, join(folder, `data${session}`), () => machine.hangUp(session));
    lend(error, join(folder, `error${session}`), () => undefined);
  });
}
