// A session's line, lent to one client after the other. It has no end: a client that leaves amid its command is told to the guest,
// and the next one waits until that command has ended, since it would swallow what the next one says.

import type { Duplex, Readable } from 'node:stream';
import { createMarkedStream, type MarkedStream, nonceOf } from './session.ts';

type Command = { readonly nonce: string; readonly output: MarkedStream };

/**
 * @param hangUp is called with the nonce of a command whose client has gone
 * @returns what to do with each client that connects
 */
export const createLoan = (line: Duplex, hangUp: (nonce: string) => void): ((client: Duplex) => void) => {
  const waiting: Duplex[] = [];
  let client: Duplex | undefined;
  let command: Command | undefined;

  const serveNext = (): void => {
    if (client !== undefined || command !== undefined) return;
    client = waiting.shift();
    client?.on('data', (bytes: Buffer) => {
      const nonce = command === undefined ? nonceOf(bytes) : undefined;
      if (nonce !== undefined) command = { nonce, output: createMarkedStream(nonce) };
      line.write(bytes);
    });
  };
  line.on('data', (bytes: Buffer) => {
    command?.output.push(bytes);
    if (command?.output.code() !== undefined) command = undefined;
    // What is said while no client is there is dropped.
    client?.write(bytes);
    serveNext();
  });
  return (newcomer) => {
    waiting.push(newcomer);
    newcomer.on('error', () => {});
    newcomer.once('close', () => {
      if (client !== newcomer) waiting.splice(waiting.indexOf(newcomer), 1);
      else {
        client = undefined;
        if (command !== undefined) hangUp(command.nonce);
      }
      serveNext();
    });
    serveNext();
  };
};

/** The same for standard error, which only the guest writes: the last client that came has it. */
export const createErrorLoan = (line: Readable): ((client: Duplex) => void) => {
  let client: Duplex | undefined;
  line.on('data', (bytes: Buffer) => void client?.write(bytes));
  return (newcomer) => {
    client = newcomer;
    newcomer.on('error', () => {});
    newcomer.once('close', () => {
      if (client === newcomer) client = undefined;
    });
  };
};
