// The last accepted advertisement of each source and id: one with the same bytes need not be decoded and judged again. Pure.

import type { ChecksumDialect } from '../../config/model/model.ts';
import type { Place } from '../sockets.ts';
import { type Advertisement, type PacketHeader, virtualRouterIdOf } from './packet.ts';

type Accepted<Router> = {
  readonly router: Router;
  readonly advertisement: Advertisement;
  readonly dialect: ChecksumDialect | undefined;
};

type Kept<Router> = Accepted<Router> & {
  readonly payload: Uint8Array;
  readonly destination: string;
  readonly ttl: number;
};

/** Most advertisements kept, since sources come from the network; then all are forgotten. */
const mostKept = 2048;

export type AdvertisementMemory<Router> = {
  /** @returns what an advertisement with these bytes and this header was judged to be. */
  readonly find: (place: Place, payload: Uint8Array, header: PacketHeader) => Accepted<Router> | undefined;
  readonly keep: (place: Place, payload: Uint8Array, header: PacketHeader, accepted: Accepted<Router>) => void;
};

export const createAdvertisementMemory = <Router>(): AdvertisementMemory<Router> => {
  const kept = new Map<string, Kept<Router>>();
  const keyOf = (place: Place, payload: Uint8Array, { source }: PacketHeader): string =>
    `${place.interface} ${virtualRouterIdOf(payload)} ${source}`;
  return {
    find: (place, payload, header) => {
      const last = kept.get(keyOf(place, payload, header));
      if (last === undefined || last.destination !== header.destination || last.ttl !== header.ttl) return undefined;
      return Buffer.compare(last.payload, payload) === 0 ? last : undefined;
    },
    keep: (place, payload, header, accepted) => {
      if (kept.size >= mostKept) kept.clear();
      const { destination, ttl } = header;
      kept.set(keyOf(place, payload, header), { ...accepted, payload: Buffer.from(payload), destination, ttl });
    },
  };
};
