// Orders the changes from one IPVS table to another, so that a service with a server never has none meanwhile. Pure.

import { unreachable } from '../../base/unreachable.ts';
import { type Change, diff } from '../diff.ts';
import {
  type DestinationEntry,
  destinationKey,
  isSameDestination,
  isSameService,
  type ServiceEntry,
  serviceKey,
} from './entries.ts';

/** A whole table: services and all their destinations. */
export type IpvsContent = {
  readonly services: readonly ServiceEntry[];
  readonly destinations: readonly DestinationEntry[];
};

export type IpvsChanges = {
  readonly services: readonly Change<ServiceEntry>[];
  readonly destinations: readonly Change<DestinationEntry>[];
};

/** Destinations that gain connections come first, those losing them last, unaffected ones in between. */
const rank = (change: Change<DestinationEntry>): number => {
  switch (change.type) {
    case 'add':
      return 0;
    case 'update':
      return change.entry.weight > change.from.weight ? 1 : change.entry.weight > 0 ? 2 : 3;
    case 'remove':
      return 4;
    default:
      return unreachable(change);
  }
};

/**
 * Lists the changes from `actual` to `desired`, in the order of application: new and changed services, destinations, removed
 * services (with their destinations).
 * @param isOurs whether an entry that is not desired may be removed, by its key
 */
export const ipvsChanges = (
  actual: IpvsContent,
  desired: IpvsContent,
  isOurs: (key: string) => boolean,
): IpvsChanges => {
  const services = diff<ServiceEntry>(actual.services, desired.services, {
    keyOf: serviceKey,
    isSame: isSameService,
    isOurs: (entry) => isOurs(serviceKey(entry)),
  });
  const gone = new Set(services.flatMap(({ type, entry }) => (type === 'remove' ? [serviceKey(entry)] : [])));
  const destinations = diff<DestinationEntry>(actual.destinations, desired.destinations, {
    keyOf: destinationKey,
    isSame: isSameDestination,
    isOurs: (entry) => isOurs(destinationKey(entry)) && !gone.has(serviceKey(entry.service)),
  });
  return { services, destinations: destinations.toSorted((left, right) => rank(left) - rank(right)) };
};
