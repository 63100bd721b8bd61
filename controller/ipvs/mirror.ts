// Mirror of the kernel's table: the last reading of each service, and all writes since.

import {
  type DestinationEntry,
  type DestinationState,
  destinationKey,
  type ServiceState,
  type Statistics,
  serviceKey,
} from '../../kernel/ipvs/entries.ts';
import type { IpvsChange, IpvsService } from '../../kernel/ipvs/table.ts';
import type { IpvsContents } from './turn.ts';

export type Mirror = {
  /** By {@link serviceKey}. */
  readonly services: ReadonlyMap<string, ServiceState>;
  /** By {@link destinationKey}. */
  readonly destinations: ReadonlyMap<string, DestinationState>;
  /** Whether it holds an entry of this key. */
  readonly has: (key: string) => boolean;
  /** The contents of these services. */
  readonly contents: (keys: Iterable<string>) => IpvsContents;
  /** Stores a reading; undefined where the kernel has no such service. */
  readonly take: (key: string, found: IpvsService | undefined) => void;
  /** Stores the connection counts of a destination. */
  readonly count: (key: string, activeConnections: number, inactiveConnections: number) => void;
  /** Stores a change that the kernel has accepted. */
  readonly note: (change: IpvsChange) => void;
};

type Counted = Pick<DestinationState, 'activeConnections' | 'inactiveConnections' | 'statistics'>;
const nothingCounted: Statistics = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };

const unused: Counted = { activeConnections: 0, inactiveConnections: 0, statistics: nothingCounted };

const stateOf = (entry: DestinationEntry, counted: Counted): DestinationState => {
  const { service, address, port, forwarding, weight, tunnel, upperThreshold, lowerThreshold } = entry;
  const { activeConnections, inactiveConnections, statistics } = counted;
  const plain = { service, address, port, forwarding, weight, activeConnections, inactiveConnections, statistics };
  if (tunnel === undefined && upperThreshold === undefined && lowerThreshold === undefined) return plain;
  return {
    ...plain,
    ...(tunnel && { tunnel }),
    ...(upperThreshold !== undefined && { upperThreshold }),
    ...(lowerThreshold !== undefined && { lowerThreshold }),
  };
};

export const createMirror = (): Mirror => {
  const services = new Map<string, ServiceState>();
  const destinations = new Map<string, DestinationState>();
  const members = new Map<string, Set<string>>();
  /** Destinations set to weight 0 since their connections were counted: they do not count as idle until the next count. */
  const uncounted = new Set<string>();

  const forget = (key: string): void => {
    for (const member of members.get(key) ?? []) {
      destinations.delete(member);
      uncounted.delete(member);
    }
    members.delete(key);
    services.delete(key);
  };

  const noteDestination = (change: Extract<IpvsChange, { entry: { service: unknown } }>): void => {
    const { type, entry } = change;
    const [service, key] = [serviceKey(entry.service), destinationKey(entry)];
    const own = members.get(service) ?? new Set();
    members.set(service, own);
    if (type === 'remove') {
      own.delete(key);
      destinations.delete(key);
      uncounted.delete(key);
      return;
    }
    own.add(key);
    if (entry.weight === 0) uncounted.add(key);
    else uncounted.delete(key);
    destinations.set(key, stateOf(entry, destinations.get(key) ?? unused));
  };

  const state = (key: string): DestinationState[] => {
    const known = destinations.get(key);
    if (known === undefined) return [];
    return [uncounted.has(key) ? { ...known, activeConnections: Math.max(1, known.activeConnections) } : known];
  };

  return {
    services,
    destinations,
    has: (key) => destinations.has(key) || services.has(key),
    contents: (keys) => {
      const all = [...keys];
      return {
        services: all.flatMap((key) => services.get(key) ?? []),
        destinations: all.flatMap((key) => [...(members.get(key) ?? [])].flatMap(state)),
      };
    },
    take: (key, found) => {
      forget(key);
      if (found === undefined) return;
      services.set(key, found.service);
      const own = new Set<string>();
      for (const state of found.destinations) {
        const name = destinationKey(state);
        own.add(name);
        destinations.set(name, state);
      }
      members.set(key, own);
    },
    count: (key, activeConnections, inactiveConnections) => {
      const known = destinations.get(key);
      if (known === undefined) return;
      uncounted.delete(key);
      if (known.activeConnections === activeConnections && known.inactiveConnections === inactiveConnections) return;
      destinations.set(key, stateOf(known, { ...known, activeConnections, inactiveConnections }));
    },
    note: (change) => {
      if ('service' in change.entry) {
        noteDestination(change as Extract<IpvsChange, { entry: { service: unknown } }>);
        return;
      }
      const key = serviceKey(change.entry);
      if (change.type === 'remove') forget(key);
      else services.set(key, { ...change.entry, statistics: services.get(key)?.statistics ?? nothingCounted });
    },
  };
};
