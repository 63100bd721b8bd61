// The last accepted advertisement of each source and id: one with the same bytes need not be decoded and judged again. Pure.

import type { ChecksumDialect } from '../../config/model/model.ts';
import type { ReceivedPacket } from '../ports.ts';
import type { Place } from '../sockets.ts';
import type { Advertisement } from './packet.ts';

type Accepted<Router> = {
  readonly router: Router;
  readonly advertisement: Advertisement;
  readonly dialect: ChecksumDialect | undefined;
};

type Kept<Router> = Accepted<Router> & Pick<ReceivedPacket, 'payload' | 'destination' | 'ttl'>;

/** Most advertisements kept, since sources come from the network; then all are forgotten. */
const mostKept = 2048;

export type AdvertisementMemory<Router> = {
  /** @returns what an advertisement with this id, these bytes and this header was judged to be. */
  readonly find: (place: Place, id: number | undefined, packet: ReceivedPacket) => Accepted<Router> | undefined;
  readonly keep: (place: Place, id: number | undefined, packet: ReceivedPacket, accepted: Accepted<Router>) => void;
};

export const createAdvertisementMemory = <Router>(): AdvertisementMemory<Router> => {
  const kept = new Map<string, Kept<Router>>();
  const keyOf = (place: Place, id: number | undefined, { source }: ReceivedPacket): string =>
    `${place.interface} ${id} ${source}`;
  return {
    find: (place, id, packet) => {
      const last = kept.get(keyOf(place, id, packet));
      if (last === undefined || last.destination !== packet.destination || last.ttl !== packet.ttl) return undefined;
      return Buffer.compare(last.payload, packet.payload) === 0 ? last : undefined;
    },
    keep: (place, id, packet, accepted) => {
      if (kept.size >= mostKept) kept.clear();
      const { payload, destination, ttl } = packet;
      kept.set(keyOf(place, id, packet), { ...accepted, payload: Buffer.from(payload), destination, ttl });
    },
  };
};
