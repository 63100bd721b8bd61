// A configured service with the keys of its entries in IPVS, and what is remembered of entries that are no longer configured. Pure.

import type { Instant, Milliseconds } from '../../base/units.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import { type DestinationEntry, destinationKey, type ServiceEntry, serviceKey } from '../../kernel/ipvs/entries.ts';
import { desiredServices, destinationIn, serviceAddress } from './desired.ts';

/** A configured service with the keys of all its entries, made once for a configuration. */
export type NamedService = {
  readonly service: VirtualServiceConfig;
  readonly entries: readonly { readonly key: string; readonly entry: ServiceEntry }[];
  readonly destinations: readonly {
    readonly server: RealServerConfig;
    readonly key: string;
    /** With the weight that is configured. */
    readonly entry: DestinationEntry;
  }[];
};

/** Names every destination of a configured service. */
export const nameService = (service: VirtualServiceConfig): NamedService => {
  const servers = [...service.realServers, ...(service.sorryServer === undefined ? [] : [service.sorryServer])];
  return {
    service,
    entries: desiredServices(service).map((entry) => ({ key: serviceKey(entry), entry })),
    destinations: service.matches.flatMap((match) => {
      const address = serviceAddress(service, match);
      return servers.map((server) => {
        const entry = destinationIn(address, match, server, server.weight);
        return { server, key: destinationKey(entry), entry };
      });
    }),
  };
};

/** State from earlier turns: since when entries are unconfigured, and their last settings. */
export type PlanMemory = {
  readonly retiredSince: ReadonlyMap<string, Instant>;
  /** Server names for the log, by destination key. */
  readonly names: ReadonlyMap<string, string>;
  /** By service key. */
  readonly drainTimeouts: ReadonlyMap<string, Milliseconds>;
};

export const noPlan: PlanMemory = { retiredSince: new Map(), names: new Map(), drainTimeouts: new Map() };

/**
 * Remembers settings of changed services' entries, for the time when they are no longer configured.
 * @param isKept whether an entry, by its key, is configured or still in the kernel: all others are forgotten
 */
export const rememberNames = (
  memory: PlanMemory,
  services: readonly NamedService[],
  isKept: (key: string) => boolean,
): PlanMemory => {
  const names = new Map([...memory.names].filter(([key]) => isKept(key)));
  const drainTimeouts = new Map([...memory.drainTimeouts].filter(([key]) => isKept(key)));
  for (const { service, entries, destinations } of services) {
    for (const { key, server } of destinations) names.set(key, server.name);
    for (const { key } of entries) drainTimeouts.set(key, service.drainTimeout);
  }
  return { ...memory, names, drainTimeouts };
};
