// The destinations of half-open probes: the address of each, and a SYN from the source that the kernel chooses for it. The kernel is
// asked again where it may choose otherwise by now.

import { constants } from 'node:os';
import { formatAddress, type IpAddress } from '../../net/ip-address.ts';
import { encodeSyn } from '../../net/tcp-segment.ts';
import { KernelError, kernelError } from '../system/error.ts';
import type { Destination } from './dialer.ts';
import type { HalfOpenLine } from './half-open-line.ts';
import type { PathChanges } from './path-changes.ts';
import { parseSocketAddress } from './socket-address.ts';

const { EINVAL } = constants.errno;

/** In milliseconds: the kernel reports most of what may change its choice, not all. */
const askAgainAfter = 10_000;

export type HalfOpenDestination = {
  /** Its socket address, with port 0 as raw sockets want it. */
  readonly to: Buffer;
  readonly address: Buffer;
  readonly key: string;
  readonly source: Buffer;
  readonly syn: Buffer;
  /** The source that was wanted. */
  wanted: IpAddress | undefined;
  /** When the kernel was asked for the source, and the number of changes at that time. */
  askedAt: number;
  changes: number;
  /** Whether the last SYN was answered: set by the dialer. */
  isAnswered: boolean;
};

export type HalfOpenDestinations = {
  /** Call once in a turn of the loop, before destinations are found: takes what the kernel has told since. */
  readonly look: () => void;
  /** @param now in milliseconds @throws KernelError: no route, or no such source address */
  readonly find: (
    destination: Destination,
    source: IpAddress | undefined,
    now: number,
  ) => readonly [HalfOpenLine, HalfOpenDestination];
  readonly close: () => void;
};

export type HalfOpenDestinationsPorts = {
  readonly lineOf: (family: 4 | 6) => HalfOpenLine;
  /** The index of an interface by its name. */
  readonly scopeOf: (name: string) => number | undefined;
  /** @throws KernelError */
  readonly watch: () => PathChanges;
};

export const addressOf = (socketAddress: Buffer): Buffer =>
  socketAddress.length === 16 ? socketAddress.subarray(4, 8) : socketAddress.subarray(8, 24);

const synTo = (to: Buffer, port: number, source: Buffer): Buffer =>
  encodeSyn({
    source: formatAddress(source),
    destination: formatAddress(addressOf(to)),
    sourcePort: 0,
    destinationPort: port,
    sequence: 0,
  });

export const openDestinations = ({ lineOf, scopeOf, watch }: HalfOpenDestinationsPorts): HalfOpenDestinations => {
  const known = new WeakMap<object, HalfOpenDestination>();
  /** Null where changes cannot be watched: the kernel is asked for each SYN. */
  let paths: PathChanges | null | undefined;
  let changes = 0;

  const isFresh = (one: HalfOpenDestination, source: IpAddress | undefined, now: number): boolean =>
    one.isAnswered && one.wanted === source && one.changes === changes && now - one.askedAt < askAgainAfter;

  const lineTo = (to: Buffer): HalfOpenLine => lineOf(to.length === 16 ? 4 : 6);

  return {
    look: () => {
      try {
        paths ??= paths === null ? null : watch();
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        paths = null;
      }
      changes = paths?.count() ?? changes + 1;
    },
    find: (destination, source, now) => {
      const { address, port } = destination;
      const before = known.get(destination);
      if (before !== undefined && isFresh(before, source, now)) {
        before.isAnswered = false;
        return [lineTo(before.to), before];
      }
      const to = before?.to ?? parseSocketAddress(address, 0, scopeOf);
      const from = source === undefined ? undefined : parseSocketAddress(source, 0, scopeOf);
      if (to === undefined || (source !== undefined && from?.length !== to.length))
        throw kernelError(`connect to ${address}`, EINVAL, 'not an IP address');
      const line = lineTo(to);
      const found = addressOf(line.sourceOf(to, from));
      const asked = { wanted: source, askedAt: now, changes, isAnswered: false };
      if (before?.source.equals(found)) return [line, Object.assign(before, asked)];
      const own = Buffer.from(found);
      const fresh = {
        to,
        address: addressOf(to),
        key: `${address} ${port}`,
        source: own,
        syn: synTo(to, port, own),
        ...asked,
      };
      known.set(destination, fresh);
      return [line, fresh];
    },
    close: () => paths?.close(),
  };
};
