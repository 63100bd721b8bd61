// Bounds the connections from addresses that are no peers: the oldest makes room, so that peers are always answered. A peer may
// come from another of its addresses: it counts as known once it has signed.

import type { Server, Socket } from 'node:net';

/** Open connections from other addresses. */
const mostStrangers = 16;
/** How long one may last, in milliseconds. */
const patience = 4000;

export type Strangers = {
  /** What came on this connection was signed. */
  readonly admit: (socket: Socket) => void;
};

/** @param peers their addresses; an IPv4 one may also come mapped into IPv6 */
export const boundStrangers = (server: Server, peers: ReadonlySet<string>): Strangers => {
  const strangers = new Map<Socket, NodeJS.Timeout>();
  const admit = (socket: Socket): void => {
    clearTimeout(strangers.get(socket));
    strangers.delete(socket);
  };
  server.on('connection', (socket: Socket) => {
    if (peers.has((socket.remoteAddress ?? '').replace(/^::ffff:/, ''))) return;
    socket.once('close', () => admit(socket));
    strangers.set(
      socket,
      setTimeout(() => socket.destroy(), patience),
    );
    const [oldest] = strangers.keys();
    if (strangers.size <= mostStrangers || oldest === undefined) return;
    admit(oldest);
    oldest.destroy();
  });
  return { admit };
};
