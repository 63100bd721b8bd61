// The socket of the service manager: sends datagrams to the Unix socket in NOTIFY_SOCKET (sd_notify(3)).

import { constants } from 'node:os';
import { pack } from '../netlink/codec.ts';
import { KernelError, kernelError } from './error.ts';
import { AF_UNIX, closeDescriptor, openSocket, SOCK_DGRAM, sendTo } from './libc.ts';

/** sizeof(sun_path), unix(7): a path needs a final NUL within it, an abstract name may fill it. */
const pathLimit = 108;

/**
 * Encodes a struct sockaddr_un: u16 family, then a path with a final NUL, or an abstract name with a leading NUL. Pure.
 * @param name as in NOTIFY_SOCKET: `/path`, or `@name` for an abstract socket
 * @returns undefined when no Unix socket can have that name
 */
export const encodeUnixAddress = (name: string): Buffer | undefined => {
  const isAbstract = name.startsWith('@');
  if (!isAbstract && !name.startsWith('/')) return undefined;
  const path = isAbstract ? Buffer.from(`\0${name.slice(1)}`) : Buffer.from(`${name}\0`);
  if (path.length > pathLimit || path.length < 2) return undefined;
  return Buffer.concat([pack(['u16', AF_UNIX]), path]);
};

export type NotifySocket = {
  /**
   * Sends assignments such as `READY=1`, one a line, as one datagram; never blocks.
   * @returns false when the receiver's queue is full
   * @throws KernelError
   */
  readonly send: (assignments: readonly string[]) => boolean;
  readonly close: () => void;
};

/** @throws KernelError EINVAL where no Unix socket can have that name, otherwise the error of socket(2). */
export const openNotifySocket = (name: string): NotifySocket => {
  const address = encodeUnixAddress(name);
  if (address === undefined) throw kernelError(`notify ${name}`, constants.errno.EINVAL);
  const fd = openSocket(AF_UNIX, SOCK_DGRAM, 0);
  return {
    send: (assignments) => {
      try {
        sendTo(fd, Buffer.from(assignments.join('\n')), address);
        return true;
      } catch (error) {
        if (error instanceof KernelError && error.code === 'EAGAIN') return false;
        throw error;
      }
    },
    close: () => closeDescriptor(fd),
  };
};
