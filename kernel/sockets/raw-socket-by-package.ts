// A raw socket by the package raw-socket.

import { constants } from 'node:os';
import type * as RawSocketPackage from 'raw-socket';
import { messageOf } from '../../base/error.ts';
import { parseAddress } from '../../net/ip-address.ts';
import { mayUseRawSockets } from '../system/capabilities.ts';
import { KernelError, kernelError } from '../system/error.ts';
import { errnoOf } from '../system/libc.ts';
import type { OpenRawSocket } from './raw-socket.ts';

const packetLimit = 65_535;

/** The package reports only strerror's text: this finds its errno. */
const translate = (operation: string, error: unknown): KernelError => {
  const text = messageOf(error);
  const errno = errnoOf(text);
  return errno === undefined ? new KernelError(operation, 'unknown', text) : kernelError(operation, errno);
};

export const byPackage =
  ({ AddressFamily, createSocket }: typeof RawSocketPackage): OpenRawSocket =>
  ({ family, protocol, onPacket, onPause, onError }) => {
    const attempt = <Value>(what: string, action: () => Value): Value => {
      try {
        return action();
      } catch (error) {
        throw translate(what, error);
      }
    };
    // Without the right, the package would silently fall back to SOCK_DGRAM, which changes an echo request's identifier.
    if (!mayUseRawSockets()) throw kernelError('open a socket', constants.errno.EPERM, 'CAP_NET_RAW is missing');
    const addressFamily = family === 4 ? AddressFamily.IPv4 : AddressFamily.IPv6;
    const socket = attempt('open a socket', () => createSocket({ protocol, addressFamily, bufferSize: packetLimit }));
    let isOpen = true;

    socket.on('message', (bytes, source) => {
      // The package would swallow an error of the listener, runs it outside of Node's microtask handling, and reuses its buffer.
      const copy = Buffer.from(bytes);
      setImmediate(() => {
        // Over IPv6 a source may have a zone.
        if (isOpen) onPacket(copy, parseAddress(source.replace(/%.*$/, '')));
        if (isOpen) onPause?.();
      });
    });
    socket.on('error', (error) => {
      const failure = translate('receive', error);
      setImmediate(() => {
        if (isOpen) onError(failure);
      });
    });
    socket.on('close', () => {
      isOpen = false;
    });

    return {
      setOption: (level, name, value) =>
        attempt(`set socket option ${level}/${name}`, () => socket.setOption(level, name, value, value.length)),
      drain: () => {
        const buffer = Buffer.alloc(packetLimit);
        try {
          for (;;) socket.wrap.recv(buffer, () => undefined);
        } catch {
          // EAGAIN: empty.
        }
      },
      send: (bytes, destination) => {
        // The package would open another, unbound socket.
        if (!isOpen) throw kernelError('send', constants.errno.EBADF);
        // The native call: the package's queue would wait for a turn of the loop, and for ever while packets keep arriving.
        attempt('send', () => socket.wrap.send(bytes, 0, bytes.length, destination, () => undefined));
      },
      close: () => {
        if (isOpen) socket.close();
        isOpen = false;
      },
    };
  };
