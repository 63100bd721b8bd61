// What it costs that this director withdraws anycast addresses: their connections go on through another one, if any can. Pure.

import { formatDuration, type Milliseconds } from '../../base/units.ts';
import type { AnnouncedConfig, DirectorConfig } from '../../config/model/model.ts';
import { isHashScheduler, type RealServerConfig, type VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { PlanLine } from '../plan-line.ts';
import type { Living } from './living.ts';

/** A part of a service that is at anycast addresses. */
type Part = { readonly service: VirtualServiceConfig; readonly servers: readonly RealServerConfig[] };

/** The parts of services at these addresses. */
const partsAt = ({ virtualServices }: DirectorConfig, addresses: readonly IpAddress[]): Part[] =>
  virtualServices.flatMap((service) => {
    const matches = service.matches.filter((match) => 'address' in match && addresses.includes(match.address));
    return matches.length === 0 ? [] : [{ service: { ...service, matches }, servers: service.realServers }];
  });

/** Why no other director can continue a service's connections; undefined where it can. */
const obstacleOf = (service: VirtualServiceConfig): string | undefined => {
  if (service.snat) return 'the snat ports of its connections are known to this director alone';
  if (service.realServers.some(({ forwarding }) => forwarding === 'masq'))
    return 'replies of its connections return through this director alone';
  return isHashScheduler(service.scheduler) ? undefined : 'other directors choose other servers';
};

export type Withdrawal = Pick<PlanLine, 'effect' | 'connections'> & {
  /** What becomes of connections, where that is not plain. */
  readonly why?: string;
};

/** @param entry an entry in force; what is not announced costs nothing */
export const withdrawalOf = (
  config: DirectorConfig,
  { name }: Pick<AnnouncedConfig, 'name'>,
  addresses: readonly IpAddress[],
  { anycast = [], announcedElsewhere, connectionsOf }: Living,
): Withdrawal => {
  if (anycast.find((one) => one.name === name)?.state !== 'announced') return { effect: 'hitless' };
  const countIn = (parts: readonly Part[]): number =>
    parts.reduce(
      (sum, { service, servers }) => servers.reduce((all, server) => all + connectionsOf(service, server), sum),
      0,
    );
  const parts = partsAt(config, addresses);
  if (announcedElsewhere?.(addresses) === false) {
    const connections = countIn(parts);
    return { effect: 'cuts', why: 'no other director announces it', ...(connections > 0 && { connections }) };
  }
  const lost = parts.filter((part) => obstacleOf(part.service) !== undefined && countIn([part]) > 0);
  if (lost.length > 0) {
    const why = [...new Set(lost.map(({ service }) => obstacleOf(service)))].join(', ');
    return { effect: 'cuts', why, connections: countIn(lost) };
  }
  return {
    effect: 'hitless',
    ...(announcedElsewhere === undefined && { why: 'its connections go on where another director announces it' }),
  };
};

const drained = (drain: Milliseconds): string =>
  drain === 0 ? 'withdrawn and released at once' : `withdrawn, served for ${formatDuration(drain)} more, then released`;

/**
 * The line of addresses that are withdrawn in order.
 * @param prefix before what happens to them: `gives 192.0.2.10/32 up: `
 */
export const planWithdrawal = (
  config: DirectorConfig,
  entry: Pick<AnnouncedConfig, 'name' | 'drain'>,
  cidrs: readonly Cidr[],
  prefix: string,
  living: Living,
): PlanLine => {
  const { why, ...cost } = withdrawalOf(
    config,
    entry,
    cidrs.map(({ address }) => address),
    living,
  );
  const change = `${prefix}is ${drained(entry.drain)}${why === undefined ? '' : `; ${why}`}`;
  return { subject: `anycast ${entry.name}`, change, ...cost };
};
