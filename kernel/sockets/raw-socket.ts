// A raw socket of either family: whole packets of one IP protocol.

import type { IpAddress } from '../../net/ip-address.ts';
import type { KernelError } from '../system/error.ts';

export type RawSocketOptions = {
  readonly family: 4 | 6;
  readonly protocol: number;
  /** A packet, over IPv4 with its header. Its bytes are reused after the call. */
  readonly onPacket: (bytes: Buffer, source: IpAddress | undefined) => void;
  /** Called once all that had arrived together was passed on. */
  readonly onPause?: () => void;
  /** Receiving failed; the socket may already be closed: close it and open another. */
  readonly onError: (error: KernelError) => void;
};

/** All calls throw a KernelError. */
export type RawSocket = {
  setOption(level: number, name: number, value: Buffer): void;
  /** Discards what has arrived. */
  drain(): void;
  /** Passes one packet to the kernel at once. */
  send(bytes: Buffer, destination: IpAddress): void;
  close(): void;
};

/** In this thread's network namespace. @throws KernelError */
export type OpenRawSocket = (options: RawSocketOptions) => RawSocket;
