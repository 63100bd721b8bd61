// Sends a long text in pieces by one buffer: a text that is written as a string takes memory of its own for each write, and
// thirty megabytes of metrics would make the kernel give and take all of it.

import type { ServerResponse } from 'node:http';

const bufferLength = 64 * 1024;
const encoder = new TextEncoder();

/** @throws Error (by rejection) where the client has gone. */
const write = (response: ServerResponse, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = (cause?: Error): void => reject(new Error('the client has gone', { cause }));
    const close = (): void => leave();
    response.once('close', close);
    // The buffer is used again once the kernel has taken it.
    response.write(bytes, (error) => {
      response.off('close', close);
      if (error) leave(error);
      else resolve();
    });
  });

/** Sends each piece as it comes, and ends. @throws Error (by rejection) of the pieces, or where the client has gone. */
export const sendPieces = async (pieces: AsyncIterable<string>, response: ServerResponse): Promise<void> => {
  const buffer = Buffer.allocUnsafeSlow(bufferLength);
  for await (const piece of pieces) {
    for (let rest = piece; rest !== ''; ) {
      const { read, written } = encoder.encodeInto(rest, buffer);
      if (response.destroyed) throw new Error('the client has gone');
      await write(response, buffer.subarray(0, written));
      rest = rest.slice(read);
    }
  }
  response.end();
};
