// The client with lasting connections, its own process in cl0: keep-alive connections with repeated requests, and one long
// download.
//
// Arguments: address, port, number of keep-alive connections. Writes one JSON array a line, of `Established`, several times a
// second.

import { connect, type Socket } from 'node:net';
import type { Established } from './established.ts';

const [address = '', port = '', count = '1'] = process.argv.slice(2);
/** Milliseconds. Short enough to notice a failure soon, long enough to spare an emulated processor. */
const askEvery = 500;
const reportEvery = 200;

type Connection = { -readonly [Key in keyof Established]: Established[Key] } & {
  readonly socket: Socket;
  isWaiting: boolean;
};

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: ${address}\r\n\r\n`;
/** Both kinds of answer name the server: in the whole body of one, in every line of the other. */
const speaker = /^(rs\d)\r?$/m;

const open = (kind: Established['kind']): Connection => {
  const path = kind === 'download' ? '/download' : '/';
  const socket = connect({ host: address, port: Number(port), noDelay: true, autoSelectFamily: false });
  const connection: Connection = { kind, receivedAt: 0, socket, isWaiting: true };
  socket.setEncoding('latin1');
  socket.on('connect', () => {
    connection.port = socket.localPort ?? 0;
    socket.write(request(path));
  });
  socket.on('data', (text) => {
    const server = speaker.exec(String(text))?.[1];
    if (server !== undefined) connection.server = server;
    connection.receivedAt = Date.now();
    connection.isWaiting = kind === 'download';
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    connection.ended = error.code ?? error.message;
  });
  socket.on('close', () => {
    connection.ended ??= 'closed by the server';
  });
  return connection;
};

const connections = [...Array.from({ length: Number(count) }, () => open('keep-alive')), open('download')];

setInterval(() => {
  for (const connection of connections) {
    if (connection.isWaiting || connection.ended !== undefined) continue;
    connection.isWaiting = true;
    connection.socket.write(request('/'));
  }
}, askEvery);
setInterval(() => {
  const report: Established[] = connections.map(({ socket: _, isWaiting: __, ...rest }) => rest);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}, reportEvery);
// The lab may end before the last line is written.
process.stdout.on('error', () => process.exit(0));
