// Keeps a server's old standing when a reload changes its checks, until the new ones have a verdict: unknown is not down. Pure.

import type { DirectorConfig } from '../../config/model/model.ts';
import { describeMatch, type RealServerConfig, type VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Health } from '../../healthcheck/messages.ts';
import { serverKey, type TargetPlan } from './targets.ts';

/** By {@link serverKey} of the new configuration. */
export type KeptStandings<Standing> = ReadonlyMap<string, Standing>;

/** The names that find a server in another configuration, the surest first: its service may have another name or addresses. */
const namesOf = (service: VirtualServiceConfig, { endpoint }: RealServerConfig): string[] => {
  const address = describeMatch(endpoint);
  return [
    `name ${service.name} ${address}`,
    ...service.matches.map((match) => `match ${service.protocol} ${describeMatch(match)} ${address}`),
  ];
};

/**
 * @param standingOf the standing of a server in the previous configuration, by its names
 * @param isKnown whether a target has a verdict
 * @returns the standing of each server that both configurations have and that has a target without a verdict
 */
export const keepStandings = <Standing extends { readonly health: Health }>(
  before: DirectorConfig,
  after: DirectorConfig,
  standingOf: (service: string, server: string) => Standing,
  isKnown: (target: string) => boolean,
  targets: TargetPlan,
): KeptStandings<Standing> => {
  // An unchanged service keeps its own servers, and no other one can have had its name or addresses.
  const next = new Set(after.virtualServices);
  const unchanged = new Set(before.virtualServices.filter((service) => next.has(service)));
  const former = new Map<string, readonly [string, string]>();
  for (const service of before.virtualServices) {
    if (unchanged.has(service)) continue;
    for (const server of service.realServers)
      for (const name of namesOf(service, server)) former.set(name, [service.name, server.name]);
  }
  const findFormer = (
    service: VirtualServiceConfig,
    server: RealServerConfig,
  ): readonly [string, string] | undefined => {
    if (unchanged.has(service)) return [service.name, server.name];
    const name = namesOf(service, server).find((one) => former.has(one));
    return name === undefined ? undefined : former.get(name);
  };
  const kept = new Map<string, Standing>();
  for (const service of after.virtualServices) {
    for (const server of service.realServers) {
      if (targets.targetsOf(service.name, server.name)?.every(({ id }) => isKnown(id))) continue;
      const found = findFormer(service, server);
      const standing = found === undefined ? undefined : standingOf(...found);
      if (standing !== undefined && standing.health !== 'unknown')
        kept.set(serverKey(service.name, server.name), standing);
    }
  }
  return kept;
};
