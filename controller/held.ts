// What the kernel holds for one real server of a service, over all of the service's addresses together. Pure.

import type { RealServerConfig, VirtualServiceConfig } from '../config/service-model.ts';
import { type DestinationState, destinationKey } from '../kernel/ipvs-entries.ts';
import { destinationOf } from './desired.ts';

export type Held = Pick<DestinationState, 'weight' | 'activeConnections' | 'inactiveConnections' | 'statistics'>;

const add = (one: Held, other: Held): Held => ({
  weight: one.weight,
  activeConnections: one.activeConnections + other.activeConnections,
  inactiveConnections: one.inactiveConnections + other.inactiveConnections,
  statistics: {
    connections: one.statistics.connections + other.statistics.connections,
    inPackets: one.statistics.inPackets + other.statistics.inPackets,
    outPackets: one.statistics.outPackets + other.statistics.outPackets,
    inBytes: one.statistics.inBytes + other.statistics.inBytes,
    outBytes: one.statistics.outBytes + other.statistics.outBytes,
  },
});

/**
 * @param destinations by {@link destinationKey}.
 * @returns undefined where no address of the service has the server.
 */
export const heldOf = (
  destinations: ReadonlyMap<string, DestinationState>,
  service: VirtualServiceConfig,
  server: RealServerConfig,
): Held | undefined => {
  const states = service.matches.flatMap(
    (match) => destinations.get(destinationKey(destinationOf(service, match, server, 0))) ?? [],
  );
  const [first, ...rest] = states;
  return first === undefined ? undefined : rest.reduce<Held>(add, first);
};
