// Sockets of processes that have just been started: the file is there a moment before the process listens on it.

import { connect, type Socket } from 'node:net';
import { until } from './namespaces.ts';

const tryToConnect = (path: string): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });

/** A connection to a Unix socket, once its process listens. */
export const connected = async (path: string): Promise<Socket> => {
  let socket: Socket | undefined;
  await until(`${path} is listened on`, async () => {
    socket = await tryToConnect(path);
    return socket !== undefined;
  });
  if (socket === undefined) throw new Error(`Cannot connect to ${path}`);
  return socket;
};

/** Whether a process listens on a Unix socket. */
export const isListening = async (path: string): Promise<boolean> => {
  const socket = await tryToConnect(path);
  socket?.destroy();
  return socket !== undefined;
};
