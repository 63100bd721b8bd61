// A server whose queue of connections is full: further handshakes hang.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Listening } from './listening.ts';

// It listens, tells its port, and never comes back to its loop to accept.
const program = `
  const server = require('node:net').createServer(() => {});
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.argv[1]));
  });
`;

/** @param wakesAfter milliseconds after which it accepts after all; never where absent. */
export const startFullServer = async (wakesAfter = 2 ** 31): Promise<Listening> => {
  const child: ChildProcess = spawn(process.execPath, ['-e', program, String(wakesAfter)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('The full server has no output');
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(text);
  // A backlog of 1 holds two.
  const fillers = Array.from({ length: 2 }, (): Socket => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(fillers.map((filler) => once(filler, 'connect')));
  return {
    port,
    close: () => {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
    },
  };
};
