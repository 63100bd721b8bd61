// A raw socket by system calls: it needs no native part that is built for one Node.

import { constants } from 'node:os';
import { bytesOf, formatAddress } from '../../net/ip-address.ts';
import { KernelError, kernelError } from '../system/error.ts';
import {
  AF_INET,
  AF_INET6,
  closeDescriptor,
  openSocket,
  receive,
  SOCK_RAW,
  sendTo,
  setSocketOption,
} from '../system/libc.ts';
import { watchReadable } from '../system/readiness.ts';
import type { OpenRawSocket } from './raw-socket.ts';
import { socketAddress } from './socket-address.ts';

const packetLimit = 65_535;
// Read in one turn of the loop; the watch reports the rest again.
const packetsPerTurn = 256;

export const openByCalls: OpenRawSocket = ({ family, protocol, onPacket, onPause, onError }) => {
  const fd = openSocket(family === 4 ? AF_INET : AF_INET6, SOCK_RAW, protocol);
  const buffer = Buffer.alloc(packetLimit);
  const sender = Buffer.alloc(family === 4 ? 16 : 28);
  // struct sockaddr_in: family, port, address. struct sockaddr_in6: family, port, flow, address, scope.
  const source = family === 4 ? sender.subarray(4, 8) : sender.subarray(8, 24);
  let isOpen = true;

  const readAll = (): void => {
    for (let count = 0; count < packetsPerTurn && isOpen; count += 1) {
      let length: number | undefined;
      try {
        length = receive(fd, buffer, sender);
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        onError(error);
        return;
      }
      if (length === undefined) return;
      onPacket(buffer.subarray(0, length), formatAddress(source));
    }
  };
  const read = (): void => {
    readAll();
    if (isOpen) onPause?.();
  };
  const watch = ((): { close(): void } => {
    try {
      return watchReadable(fd, read);
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
  })();

  return {
    setOption: (level, name, value) => setSocketOption(fd, level, name, value),
    drain: () => {
      while (receive(fd, buffer, sender) !== undefined);
    },
    send: (bytes, destination) => {
      if (!isOpen) throw kernelError('send', constants.errno.EBADF);
      sendTo(fd, bytes, socketAddress(bytesOf(destination), 0));
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      watch.close();
      closeDescriptor(fd);
    },
  };
};
