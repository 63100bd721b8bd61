// A UDP server that answers each datagram as a test says.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Listening } from './listening.ts';

/** @param answer the reply to a datagram; undefined for silence. */
export const startUdpServer = async (
  answer: (bytes: Buffer) => Buffer | string | undefined,
  delay = 0,
): Promise<Listening> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  let isOpen = true;
  socket.on('message', (bytes, { port, address }) => {
    const reply = answer(bytes);
    if (reply !== undefined) setTimeout(() => isOpen && socket.send(reply, port, address), delay);
  });
  return {
    port: socket.address().port,
    close: () => {
      isOpen = false;
      socket.close();
    },
  };
};
