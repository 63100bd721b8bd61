// Controls the client of the fleet: established connections, asked in rounds and counted.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What one question on each connection gave. */
export type Round = {
  /** Until the last answer, or the limit; in milliseconds. */
  readonly took: number;
  readonly answered: number;
  /** Open, without an answer. */
  readonly silent: number;
  /** Answered by another server than before: the connection cannot have been the same. */
  readonly moved: number;
  /** How the others ended, with their number. */
  readonly ended: Readonly<Record<string, number>>;
  /** The open connections of each real server. */
  readonly servers: Readonly<Record<string, number>>;
};

export type Connections = {
  /** Asks on each connection; the first time opens them. @param limit in milliseconds */
  readonly ask: (limit: number) => Promise<Round>;
  readonly close: () => Promise<void>;
};

/** @param start starts the client's program in its host, with pipes */
export const holdConnections = (start: () => ChildProcess): Connections => {
  const child = start();
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('The client has no pipes');
  stdin.on('error', () => {});
  const lines = createInterface({ input: stdout });
  const ended = once(child, 'exit');
  return {
    ask: async (limit) => {
      const answer = once(lines, 'line');
      stdin.write(`${limit}\n`);
      const [line] = await Promise.race([answer, ended.then(() => [undefined])]);
      if (typeof line !== 'string') throw new Error('The client has ended');
      return JSON.parse(line) as Round;
    },
    close: async () => {
      stdin.end();
      child.kill('SIGTERM');
      await ended;
    },
  };
};
