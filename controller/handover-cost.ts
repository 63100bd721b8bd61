// The cost of a handover in live connections: the successor continues connections that it knows, all others are cut. Pure.

import type { DirectorConfig } from '../config/model/model.ts';
import type { VirtualServiceConfig } from '../config/model/service-model.ts';
import type { PlanLine } from './plan-line.ts';
import type { Living } from './planning/living.ts';
import { planWithdrawal } from './planning/withdrawal.ts';

/** Why the successor cannot continue a service's connections; undefined where it can. */
const obstacleOf = (service: VirtualServiceConfig, config: DirectorConfig): string | undefined => {
  // The port that the real server answers to is in this host's conntrack, which is not synchronised.
  if (service.snat) return 'their snat ports are known to this director alone';
  if (config.connectionSync === undefined) return 'without connection_sync the peer does not know them';
  return undefined;
};

const isCarried = (service: VirtualServiceConfig, addresses: ReadonlySet<string>): boolean =>
  service.matches.some((match) => 'firewallMark' in match || addresses.has(match.address));

/** One line for each entry that is announced. Its connections go on where another director can continue them. */
const planAnycast = (config: DirectorConfig, named: readonly string[], living: Living): PlanLine[] =>
  (config.anycast?.addresses ?? [])
    .filter(({ name }) => named.includes(name))
    .filter(({ name }) => living.anycast?.some((one) => one.name === name && one.state === 'announced'))
    .map((entry) => planWithdrawal(config, entry, entry.addresses, '', living));

/**
 * One line for each service whose address belongs to a router that this director is master of.
 * @param named routers to hand over; a router that is not master costs nothing.
 */
const planRouters = (config: DirectorConfig, named: readonly string[], living: Living): PlanLine[] => {
  const masters = living.routers.filter(({ name, state }) => named.includes(name) && state === 'master');
  const addresses = new Set(masters.flatMap((router) => router.addresses.map((text) => text.replace(/\/\d+$/, ''))));
  if (masters.length === 0) return [];
  return config.virtualServices
    .filter((service) => isCarried(service, addresses))
    .map((service): PlanLine => {
      const subject = `service ${service.name}`;
      const obstacle = obstacleOf(service, config);
      const connections = service.realServers
        .map((server) => living.connectionsOf(service, server))
        .reduce((sum, count) => sum + count, 0);
      if (obstacle === undefined)
        return { subject, change: `its ${connections} connections continue through the peer`, effect: 'hitless' };
      if (connections === 0) return { subject, change: 'has no live connection', effect: 'hitless' };
      return { subject, change: `connections in flight are lost: ${obstacle}`, effect: 'cuts', connections };
    });
};

/** @param named routers and entries of anycast to hand over */
export const planHandover = (config: DirectorConfig, named: readonly string[], living: Living): PlanLine[] => [
  ...planRouters(config, named, living),
  ...planAnycast(config, named, living),
];
