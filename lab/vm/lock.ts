// A lock that the kernel frees when its holder ends, however it ends: an abstract Unix socket, which one process alone can bind.

import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** @returns how to free the lock; undefined when another holds it */
export const takeLock = (name: string): Promise<(() => void) | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((visitor) => visitor.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(`\0${name}`, () => resolve(() => void server.close()));
    server.unref();
  });

/** Does work that one process at a time may do, waiting for its turn. */
export const inTurn = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
  let free = await takeLock(name);
  for (; free === undefined; free = await takeLock(name)) await sleep(20);
  try {
    return await work();
  } finally {
    free();
  }
};
