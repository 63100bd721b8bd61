// Recognizes other programs' changes to regent's entries: compares what the last turn left with what is found. Pure.

import { unreachable } from '../../base/unreachable.ts';
import {
  type DestinationEntry,
  destinationKey,
  isSameDestination,
  isSameService,
  type ServiceEntry,
  serviceKey,
} from '../../kernel/ipvs/entries.ts';
import type { IpvsChange } from '../../kernel/ipvs/table.ts';

/** Regent's entries as the last turn left them. */
export type Left = {
  /** By key. */
  readonly services: ReadonlyMap<string, ServiceEntry>;
  /** A list, which takes a third of the memory: it is searched only where something is written. */
  readonly destinations: readonly DestinationEntry[];
};

export const nothingLeft: Left = { services: new Map(), destinations: [] };

export const leave = (services: readonly ServiceEntry[], destinations: readonly DestinationEntry[]): Left => ({
  services: new Map(services.map((entry) => [serviceKey(entry), entry])),
  destinations,
});

/** The entries that a turn left, by key. */
export type LeftByKey = Pick<Left, 'services'> & { readonly destinations: ReadonlyMap<string, DestinationEntry> };

export const byKey = ({ services, destinations }: Left): LeftByKey => ({
  services,
  destinations: new Map(destinations.map((entry) => [destinationKey(entry), entry])),
});

const isDestination = (entry: ServiceEntry | DestinationEntry): entry is DestinationEntry => 'service' in entry;

const wasLeft = ({ services, destinations }: LeftByKey, entry: ServiceEntry | DestinationEntry): boolean =>
  isDestination(entry) ? destinations.has(destinationKey(entry)) : services.has(serviceKey(entry));

const isAsLeft = ({ services, destinations }: LeftByKey, entry: ServiceEntry | DestinationEntry): boolean => {
  if (isDestination(entry)) {
    const left = destinations.get(destinationKey(entry));
    return left !== undefined && isSameDestination(entry, left);
  }
  const left = services.get(serviceKey(entry));
  return left !== undefined && isSameService(entry, left);
};

/** Why a change is needed, where another program caused it; undefined where it is regent's own decision. */
export const describeTampering = (change: IpvsChange, left: LeftByKey): string | undefined => {
  switch (change.type) {
    case 'add':
      return wasLeft(left, change.entry) ? 'another program had removed it' : undefined;
    case 'update':
      return wasLeft(left, change.entry) && !isAsLeft(left, change.from) ? 'another program had changed it' : undefined;
    case 'remove':
      return wasLeft(left, change.entry) ? undefined : 'another program had added it';
    default:
      return unreachable(change);
  }
};
