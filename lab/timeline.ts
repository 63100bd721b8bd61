// A takeover from the capture: last advertisement, addresses, ARP, first advertisement, first good request. Pure.

import type { Sighting } from './capture.ts';
import type { DirectorName } from './topology.ts';

export type Takeover = {
  readonly from: DirectorName;
  readonly to: DirectorName;
  /** Time at which the master was cut off. All times are wall clock in milliseconds. */
  readonly cut: number;
  readonly lastAdvertisement?: number;
  readonly addressAdded?: number;
  readonly firstAnnouncement?: number;
  readonly firstAdvertisement?: number;
  readonly firstGoodRequest?: number;
};

export type TakeoverQuestion = {
  readonly from: DirectorName;
  readonly to: DirectorName;
  readonly cut: number;
  readonly address: string;
  readonly routerId: number;
  readonly firstGoodRequest?: number;
};

/** Finds the moments of a takeover in the sightings, which are sorted by time. */
export const findTakeover = (sightings: readonly Sighting[], question: TakeoverQuestion): Takeover => {
  const { from, to, cut, address, routerId, firstGoodRequest } = question;
  const isAdvertisement = (sighting: Sighting, by: DirectorName) =>
    sighting.type === 'advertisement' && sighting.by === by && sighting.routerId === routerId;
  const after = sightings.filter(({ time }) => time >= cut);
  // The cut takes a moment to reach the switch, so an advertisement may still pass after the command.
  const successor = after.find((sighting) => isAdvertisement(sighting, to))?.time;
  const last = sightings.findLast(
    (sighting) => isAdvertisement(sighting, from) && sighting.time < (successor ?? Number.POSITIVE_INFINITY),
  )?.time;
  const added = after.find(
    (sighting) => sighting.type === 'address' && sighting.by === to && sighting.held && sighting.address === address,
  )?.time;
  // On the client's network: ARP on the real servers' network moves no client traffic.
  const announced = after.find(
    (sighting) =>
      sighting.type === 'announcement' &&
      sighting.by === to &&
      sighting.address === address &&
      sighting.network === '55',
  )?.time;
  return {
    from,
    to,
    cut,
    ...(last === undefined ? {} : { lastAdvertisement: last }),
    ...(added === undefined ? {} : { addressAdded: added }),
    ...(announced === undefined ? {} : { firstAnnouncement: announced }),
    ...(successor === undefined ? {} : { firstAdvertisement: successor }),
    ...(firstGoodRequest === undefined ? {} : { firstGoodRequest }),
  };
};
