// The client of the fleet, its own process: connections that stay, and a question on each of them when it is asked to.
//
// Arguments: port, number of connections, addresses; the connections take the addresses in turn. Each line of standard input is
// a limit in milliseconds: one question goes out on every connection, and a `Round` comes back as a line of JSON. The first line
// opens the connections.

import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Round } from './connections.ts';

const [port = '', count = '1', ...addresses] = process.argv.slice(2);
/** Questions and connections in flight at once leave the processor to the directors, too. */
const burst = 200;

type Connection = {
  readonly socket: Socket;
  server?: string;
  isWaiting: boolean;
  ended?: string;
  /** Another server answered than before. */
  hasMoved?: true;
};

const speaker = /^(rs\d+)\r?$/m;
const connections: Connection[] = [];

const open = (index: number): void => {
  const host = addresses[index % addresses.length] ?? '';
  const socket = connect({ host, port: Number(port), noDelay: true, autoSelectFamily: false });
  const connection: Connection = { socket, isWaiting: false };
  connections.push(connection);
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    const server = speaker.exec(String(text))?.[1];
    if (server === undefined) return;
    if (connection.server !== undefined && connection.server !== server) connection.hasMoved = true;
    connection.server = server;
    connection.isWaiting = false;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    connection.ended = error.code ?? error.message;
  });
  socket.on('close', () => {
    connection.ended ??= 'closed by the server';
  });
};

const countBy = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};

const round = async (limit: number): Promise<Round> => {
  const began = performance.now();
  const isLate = () => performance.now() - began > limit;
  for (let index = 0; index < connections.length; index += 1) {
    const connection = connections[index];
    if (connection === undefined || connection.ended !== undefined || connection.isWaiting) continue;
    connection.isWaiting = true;
    connection.socket.write('GET / HTTP/1.1\r\nHost: fleet\r\n\r\n');
    if (index % burst === burst - 1) await sleep(1);
  }
  const isOpen = ({ ended }: Connection) => ended === undefined;
  while (connections.some((one) => isOpen(one) && one.isWaiting) && !isLate()) await sleep(20);
  return {
    took: Math.round(performance.now() - began),
    answered: connections.filter((one) => isOpen(one) && !one.isWaiting).length,
    silent: connections.filter((one) => isOpen(one) && one.isWaiting).length,
    moved: connections.filter(({ hasMoved }) => hasMoved).length,
    ended: countBy(connections.flatMap(({ ended }) => ended ?? [])),
    servers: countBy(connections.filter(isOpen).flatMap(({ server }) => server ?? [])),
  };
};

const openAll = async (limit: number): Promise<void> => {
  const began = performance.now();
  for (let index = 0; index < Number(count); index += 1) {
    open(index);
    const isBusy = () => connections.filter(({ socket }) => socket.connecting).length > burst;
    if (index % burst === burst - 1) while (isBusy() && performance.now() - began < limit) await sleep(5);
  }
};

// The lab may end before the last line is written.
process.stdout.on('error', () => process.exit(0));
for await (const line of createInterface({ input: process.stdin })) {
  const limit = Number(line);
  if (connections.length === 0) await openAll(limit);
  process.stdout.write(`${JSON.stringify(await round(limit))}\n`);
}
process.exit(0);
