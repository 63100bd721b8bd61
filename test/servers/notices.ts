// Listens where a service manager would: a Unix datagram socket by the name that NOTIFY_SOCKET holds.

import { AF_UNIX, bindSocket, closeDescriptor, openSocket, receive, SOCK_DGRAM } from '../../kernel/system/libc.ts';
import { encodeUnixAddress } from '../../kernel/system/notify-socket.ts';

export const listenToNotices = (name: string) => {
  const address = encodeUnixAddress(name);
  if (address === undefined) throw new Error(`${name} names no socket`);
  const fd = openSocket(AF_UNIX, SOCK_DGRAM, 0);
  bindSocket(fd, address);
  const buffer = Buffer.alloc(4096);
  return {
    /** What has come since the last call, a list of assignments a datagram. */
    heard: (): string[][] => {
      const datagrams: string[][] = [];
      for (let length = receive(fd, buffer); length !== undefined; length = receive(fd, buffer))
        datagrams.push(buffer.toString('utf8', 0, length).split('\n'));
      return datagrams;
    },
    close: () => closeDescriptor(fd),
  };
};
