// The local address that packets to a destination leave from, asked of the kernel's routing table; nothing is sent.

import { kernelError } from '../system/error.ts';
import { koffi } from '../system/koffi.ts';
import { AF_INET, AF_INET6, closeDescriptor, int32, openSocket, SOCK_DGRAM } from '../system/libc.ts';

const libc = koffi.load(null);
const calls = {
  bind: libc.func('int bind(int fd, const void *address, uint32_t length)'),
  connect: libc.func('int connect(int fd, const void *address, uint32_t length)'),
  getsockname: libc.func('int getsockname(int fd, void *address, void *length)'),
} as const;

/** struct sockaddr with AF_UNSPEC: ends the connection of a UDP socket, and forgets its address. */
const nowhere = Buffer.alloc(16);

export type SourceAddresses = {
  /**
   * @param to a socket address. @param from the wanted local one. @returns a socket address, reused at the next call.
   * @throws KernelError: no route, or no such local address
   */
  readonly find: (to: Buffer, from: Buffer | undefined) => Buffer;
  readonly close: () => void;
};

/** @throws KernelError */
export const openSourceAddresses = (family: 4 | 6): SourceAddresses => {
  const fd = openSocket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
  const name = Buffer.alloc(family === 4 ? 16 : 28);
  const length = Buffer.alloc(4);

  const must = (what: string, result: number): void => {
    if (result < 0) throw kernelError(what, koffi.errno());
  };
  return {
    find: (to, from) => {
      must('forget a route', calls.connect(fd, nowhere, nowhere.length));
      if (from === undefined) {
        must('connect', calls.connect(fd, to, to.length));
        length.set(int32(name.length));
        must('read a source address', calls.getsockname(fd, name, length));
        return name;
      }
      // Whether the address is this host's: a bound socket would keep it.
      const own = openSocket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
      try {
        must('bind a socket', calls.bind(own, from, from.length));
        must('connect', calls.connect(own, to, to.length));
      } finally {
        closeDescriptor(own);
      }
      return from;
    },
    close: () => closeDescriptor(fd),
  };
};
