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
// Read in one turn of the loop; the package reports the rest again.
const packetsPerTurn = 256;

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

    const fail = (failure: KernelError): void =>
      void setImmediate(() => {
        if (isOpen) onError(failure);
      });
    const spare = Buffer.alloc(packetLimit);
    /** The text of EAGAIN, since translating takes longer than reading. */
    let emptyText: string | undefined;
    /** Reads all that has arrived: the package reads one packet, and would read the next in another turn of the loop. */
    const readMore = (take: (bytes: Buffer, source: string) => void): void => {
      try {
        for (let count = 1; count < packetsPerTurn; count += 1)
          socket.wrap.recv(spare, (bytes, length, source) => take(bytes.subarray(0, length), source));
      } catch (error) {
        const text = messageOf(error);
        if (text === emptyText) return;
        const failure = translate('receive', error);
        if (failure.code === 'EAGAIN') emptyText = text;
        else fail(failure);
      }
    };
    socket.on('message', (first, from) => {
      const arrived: { readonly bytes: Buffer; readonly source: string }[] = [];
      const take = (bytes: Buffer, source: string): void => void arrived.push({ bytes: Buffer.from(bytes), source });
      take(first, from);
      // The package would swallow an error of the listener, runs it outside of Node's microtask handling, and reuses its buffer.
      setImmediate(() => {
        // Later than the first, so that what is sent together is read together.
        if (isOpen) readMore(take);
        // Over IPv6 a source may have a zone.
        for (const { bytes, source } of arrived) if (isOpen) onPacket(bytes, parseAddress(source.replace(/%.*$/, '')));
        if (isOpen) onPause?.();
      });
    });
    socket.on('error', (error) => fail(translate('receive', error)));
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
