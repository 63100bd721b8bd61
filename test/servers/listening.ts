// Servers on loopback that end with everything that is connected to them.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export type Listening = { readonly port: number; readonly close: () => void };

/** Listens on a free port; `close` cuts every connection. */
export const listen = async (server: Server, host = '127.0.0.1'): Promise<Listening> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};

/** A port that nobody listens on. */
export const closedPort = async (): Promise<number> => {
  const { port, close } = await listen(createServer());
  close();
  return port;
};

/** A server that says `line` to whoever connects, or nothing. */
export const say = (line?: string): Promise<Listening> =>
  listen(
    createServer((socket) => {
      socket.resume();
      if (line !== undefined) socket.write(line);
    }),
  );
