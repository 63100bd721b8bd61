// What servers were before a reload changed their checks: unknown is not down, so it counts until the new checks have spoken. Pure.

import type { DirectorConfig } from '../../config/model/model.ts';
import { describeMatch, type RealServerConfig, type VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Health } from '../../healthcheck/messages.ts';
import { serverKey, type TargetPlan } from './targets.ts';

/** By {@link serverKey} of the configuration that came. */
export type KeptStandings<Standing> = ReadonlyMap<string, Standing>;

/** The names by which a server is found in another configuration, the surest first: its service may have another name, or other addresses. */
const namesOf = (service: VirtualServiceConfig, { endpoint }: RealServerConfig): string[] => {
  const address = describeMatch(endpoint);
  return [
    `name ${service.name} ${address}`,
    ...service.matches.map((match) => `match ${service.protocol} ${describeMatch(match)} ${address}`),
  ];
};

/**
 * @param standingOf what a server of the configuration before was, by its names
 * @param isKnown whether a target has a verdict
 * @returns the standing of each server that both configurations have, and of which a target has no verdict yet
 */
export const keepStandings = <Standing extends { readonly health: Health }>(
  before: DirectorConfig,
  after: DirectorConfig,
  standingOf: (service: string, server: string) => Standing,
  isKnown: (target: string) => boolean,
  targets: TargetPlan,
): KeptStandings<Standing> => {
  const former = new Map(
    before.virtualServices.flatMap((service) =>
      service.realServers.flatMap((server) =>
        namesOf(service, server).map((name) => [name, [service.name, server.name] as const] as const),
      ),
    ),
  );
  const kept = new Map<string, Standing>();
  for (const service of after.virtualServices) {
    for (const server of service.realServers) {
      if (targets.targetsOf(service.name, server.name)?.every(({ id }) => isKnown(id))) continue;
      const name = namesOf(service, server).find((one) => former.has(one));
      const found = name === undefined ? undefined : former.get(name);
      const standing = found === undefined ? undefined : standingOf(...found);
      if (standing !== undefined && standing.health !== 'unknown')
        kept.set(serverKey(service.name, server.name), standing);
    }
  }
  return kept;
};
