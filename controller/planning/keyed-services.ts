// Services with the keys of their entries in the kernel's table, and the pairs of two configurations. Pure.

import type { RealServerConfig, ServiceMatch, VirtualServiceConfig } from '../../config/model/service-model.ts';
import { destinationKey, serviceKey } from '../../kernel/ipvs/entries.ts';
import { desiredServices, destinationOf } from '../ipvs/desired.ts';
import type { Living } from './living.ts';

/** A service with the kernel's key of each of its addresses and marks. */
export type Keyed = { readonly service: VirtualServiceConfig; readonly matches: ReadonlyMap<string, ServiceMatch> };

export const keyed = (service: VirtualServiceConfig): Keyed => ({
  service,
  matches: new Map(
    desiredServices(service).flatMap((entry, index) => {
      const match = service.matches[index];
      return match === undefined ? [] : [[serviceKey(entry), match] as const];
    }),
  ),
});

export const serversOf = ({ realServers, sorryServer }: VirtualServiceConfig): readonly RealServerConfig[] =>
  sorryServer === undefined ? realServers : [...realServers, sorryServer];

/** The keys of a server's destinations in these entries. */
export const keysOf = ({ service, matches }: Keyed, server: RealServerConfig, entries: Iterable<string>): string[] =>
  [...entries].flatMap((entry) => {
    const match = matches.get(entry);
    return match === undefined ? [] : [destinationKey(destinationOf(service, match, server, 0))];
  });

export const connectionsOf = (
  { service, matches }: Keyed,
  servers: readonly RealServerConfig[],
  entries: readonly string[],
  living: Living,
): number => {
  const own = entries.flatMap((entry) => matches.get(entry) ?? []);
  return servers.reduce((sum, server) => sum + living.connectionsOf({ ...service, matches: own }, server), 0);
};

export type Pair = { readonly was: Keyed | undefined; readonly is: Keyed };

/** Pairs services of the old and new configuration: by name, else by a shared address. */
export const pairServices = (
  before: readonly Keyed[],
  after: readonly Keyed[],
): { readonly pairs: readonly Pair[]; readonly gone: readonly Keyed[] } => {
  const names = new Map(before.map((one) => [one.service.name, one]));
  const owners = new Map(before.flatMap((one) => [...one.matches.keys()].map((key) => [key, one] as const)));
  const taken = new Set(after.flatMap(({ service: { name } }) => names.get(name) ?? []));
  const pairs = after.map((is): Pair => {
    const byName = names.get(is.service.name);
    if (byName !== undefined) return { was: byName, is };
    const was = [...is.matches.keys()].flatMap((key) => owners.get(key) ?? []).find((one) => !taken.has(one));
    if (was !== undefined) taken.add(was);
    return { was, is };
  });
  return { pairs, gone: before.filter((one) => !taken.has(one)) };
};
