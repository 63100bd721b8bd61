// Sums the kernel's counters of a service and of each real server over all addresses of the service. Pure.

import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import {
  type DestinationState,
  destinationKey,
  type ServiceState,
  type Statistics,
  serviceKey,
} from '../../kernel/ipvs/entries.ts';
import { desiredServices, destinationOf, livingConnections } from './desired.ts';

export type Held = Pick<DestinationState, 'weight' | 'activeConnections' | 'inactiveConnections' | 'statistics'> & {
  /** See {@link livingConnections}. */
  readonly livingConnections: number;
};

const addStatistics = (one: Statistics, other: Statistics): Statistics => ({
  connections: one.connections + other.connections,
  inPackets: one.inPackets + other.inPackets,
  outPackets: one.outPackets + other.outPackets,
  inBytes: one.inBytes + other.inBytes,
  outBytes: one.outBytes + other.outBytes,
});

const add = (one: Held, other: Held): Held => ({
  weight: one.weight,
  activeConnections: one.activeConnections + other.activeConnections,
  inactiveConnections: one.inactiveConnections + other.inactiveConnections,
  livingConnections: one.livingConnections + other.livingConnections,
  statistics: addStatistics(one.statistics, other.statistics),
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
  const states = service.matches.flatMap((match): Held[] => {
    const state = destinations.get(destinationKey(destinationOf(service, match, server, 0)));
    if (state === undefined) return [];
    const { weight, activeConnections, inactiveConnections, statistics } = state;
    return [
      { weight, activeConnections, inactiveConnections, statistics, livingConnections: livingConnections(state) },
    ];
  });
  const [first, ...rest] = states;
  return first === undefined ? undefined : rest.reduce<Held>(add, first);
};

/**
 * The service's own counters: more than the sum of its servers', because a removed server's counters are gone.
 *
 * @param services by {@link serviceKey}.
 * @returns undefined where the kernel has none of its addresses.
 */
export const serviceStatistics = (
  services: ReadonlyMap<string, ServiceState>,
  service: VirtualServiceConfig,
): Statistics | undefined => {
  const [first, ...rest] = desiredServices(service).flatMap((entry) => services.get(serviceKey(entry)) ?? []);
  return first === undefined
    ? undefined
    : rest.reduce((sum, { statistics }) => addStatistics(sum, statistics), first.statistics);
};
