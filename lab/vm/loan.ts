// A session's line, lent to one client after the other. It has no end: where a client leaves amid its command,
// the guest is notified, and the next client waits until that command has ended, since it would swallow what the next one says.

import type { Duplex, Readable } from 'node:stream';
import { createMarkedStream, type MarkedStream, nonceOf } from './session.ts';

type Command = { readonly nonce: string; readonly output: MarkedStream };

/** Passes bytes on at the pace of the client: a client that does not read halts its own session, and takes no memory. */
const passTo = (client: Duplex, line: Readable, bytes: Buffer): void => {
  if (client.write(bytes) || client.destroyed) return;
  line.pause();
  const resume = (): void => {
    for (const event of ['drain', 'close']) client.off(event, resume);
    line.resume();
  };
  for (const event of ['drain', 'close']) client.on(event, resume);
};

/**
 * @param hangUp is called with the nonce of a command whose client has gone
 * @returns what to do with each client that connects
 */
export const createLoan = (line: Duplex, hangUp: (nonce: string) => void): ((client: Duplex) => void) => {
  // What each has said: a request is passed on when it is whole, since the guest waits for ever for the end of a line.
  const waiting = new Map<Duplex, Buffer>();
  let client: Duplex | undefined;
  let command: Command | undefined;

  const serveNext = (): void => {
    if (client !== undefined || command !== undefined) return;
    for (const [next, said] of waiting) {
      const nonce = nonceOf(said);
      // A socket closes some turns after its end was read.
      if (nonce === undefined || next.readableEnded) continue;
      waiting.delete(next);
      client = next;
      command = { nonce, output: createMarkedStream(nonce) };
      line.write(said);
      return;
    }
  };
  line.on('data', (bytes: Buffer) => {
    command?.output.push(bytes);
    if (command?.output.code() !== undefined) command = undefined;
    // What is said while no client is there is dropped.
    if (client !== undefined) passTo(client, line, bytes);
    serveNext();
  });
  return (newcomer) => {
    // Read from the start: only so is it seen that a client that waits has gone.
    newcomer.on('data', (bytes: Buffer) => {
      if (client === newcomer) return void line.write(bytes);
      waiting.set(newcomer, Buffer.concat([waiting.get(newcomer) ?? Buffer.alloc(0), bytes]));
      // A client that has left is seen by the next look at its socket: after its words, and before they are passed on.
      setImmediate(() => setImmediate(serveNext));
    });
    newcomer.on('error', () => {});
    newcomer.once('close', () => {
      waiting.delete(newcomer);
      if (client === newcomer) {
        client = undefined;
        if (command !== undefined) hangUp(command.nonce);
      }
      serveNext();
    });
  };
};

/** The same for standard error, which only the guest writes: the last client that came has it. */
export const createErrorLoan = (line: Readable): ((client: Duplex) => void) => {
  let client: Duplex | undefined;
  line.on('data', (bytes: Buffer) => {
    if (client !== undefined) passTo(client, line, bytes);
  });
  return (newcomer) => {
    client = newcomer;
    // Nothing comes from it; that it has gone is seen by reading.
    newcomer.resume();
    newcomer.on('error', () => {});
    newcomer.once('close', () => {
      if (client === newcomer) client = undefined;
    });
  };
};
