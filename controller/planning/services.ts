// The effects of a new configuration on virtual services, by entry of the kernel's table: connections belong to entries. Pure.

import { describeMatch, type ServiceMatch, type VirtualServiceConfig } from '../../config/model/service-model.ts';
import { cut, hitless, type PlanLine } from '../plan-line.ts';
import { connectionsOf, type Keyed, keyed, keysOf, type Pair, pairServices, serversOf } from './keyed-services.ts';
import type { Living } from './living.ts';
import { planServers } from './servers.ts';
import { differences } from './words.ts';

const planSettings = (was: Keyed, is: Keyed, living: Living): PlanLine[] => {
  const subject = `service ${is.service.name}`;
  const { scheduler: old } = was.service;
  const { scheduler: next } = is.service;
  const shared = [...is.matches.keys()].filter((key) => was.matches.has(key));
  const change = differences(was.service, is.service, [
    'matches',
    'realServers',
    'sorryServer',
    'scheduler',
    'snat',
  ]).join(', ');
  return [
    ...(change === '' ? [] : [hitless(subject, change)]),
    // The kernel unbinds the old scheduler, and waits for all readers, before it binds the new one (ip_vs_edit_service).
    ...(old === next
      ? []
      : [
          {
            subject,
            change: `scheduler ${old} -> ${next}`,
            effect: shared.length > 0 ? ('refuses' as const) : ('hitless' as const),
          },
        ]),
    // The NAT of a connection cannot change while it lasts.
    ...(was.service.snat === is.service.snat
      ? []
      : [
          cut(
            subject,
            `snat ${was.service.snat} -> ${is.service.snat}`,
            connectionsOf(was, serversOf(was.service), shared, living),
          ),
        ]),
  ];
};

/** An address that another service had: connections continue on servers that both services have. */
const takeOver = (from: Keyed, is: Keyed, key: string, match: ServiceMatch, living: Living): PlanLine[] => {
  const subject = `service ${is.service.name}`;
  const kept = new Set(serversOf(is.service).flatMap((server) => keysOf(is, server, [key])));
  const lost = serversOf(from.service).filter((server) => !keysOf(from, server, [key]).some((one) => kept.has(one)));
  const change = `takes ${describeMatch(match)} over from service ${from.service.name}`;
  const isOther = from.service.scheduler !== is.service.scheduler;
  return [
    cut(subject, change, connectionsOf(from, lost, [key], living)),
    ...(isOther
      ? [
          {
            subject,
            change: `scheduler of ${describeMatch(match)} ${from.service.scheduler} -> ${is.service.scheduler}`,
            effect: 'refuses' as const,
          },
        ]
      : []),
  ];
};

const planAddresses = (
  { was, is }: Pair & { was: Keyed },
  before: ReadonlyMap<string, Keyed>,
  after: ReadonlyMap<string, Keyed>,
  living: Living,
): PlanLine[] => {
  const subject = `service ${is.service.name}`;
  const lines: PlanLine[] = [];
  for (const [key, match] of is.matches) {
    const from = before.get(key);
    if (from === was) continue;
    if (from === undefined) lines.push(hitless(subject, `gains ${describeMatch(match)}`));
    else lines.push(...takeOver(from, is, key, match, living));
  }
  for (const [key, match] of was.matches) {
    if (after.has(key)) continue;
    lines.push(
      cut(subject, `gives ${describeMatch(match)} up`, connectionsOf(was, serversOf(was.service), [key], living)),
    );
  }
  return lines;
};

export const planServices = (
  before: readonly VirtualServiceConfig[],
  after: readonly VirtualServiceConfig[],
  living: Living,
): PlanLine[] => {
  // Services that are the same objects cannot differ, nor give their addresses to others.
  const [earlier, later] = [new Set(before), new Set(after)];
  const old = before.filter((service) => !later.has(service)).map(keyed);
  const next = after.filter((service) => !earlier.has(service)).map(keyed);
  const ownersOf = (services: readonly Keyed[]): ReadonlyMap<string, Keyed> =>
    new Map(services.flatMap((one) => [...one.matches.keys()].map((key) => [key, one] as const)));
  const [oldOwners, newOwners] = [ownersOf(old), ownersOf(next)];
  const { pairs, gone } = pairServices(old, next);
  return [
    ...pairs.flatMap(({ was, is }): PlanLine[] => {
      if (was !== undefined)
        return [
          ...planSettings(was, is, living),
          ...planAddresses({ was, is }, oldOwners, newOwners, living),
          ...planServers(was, is, living),
        ];
      const added = hitless(
        `service ${is.service.name}`,
        `is added with ${is.service.realServers.length} real servers`,
      );
      const taken = [...is.matches].flatMap(([key, match]) => {
        const from = oldOwners.get(key);
        return from === undefined ? [] : takeOver(from, is, key, match, living);
      });
      return [added, ...taken];
    }),
    ...gone.map((one) => {
      const lost = [...one.matches.keys()].filter((key) => !newOwners.has(key));
      return cut(`service ${one.service.name}`, 'is removed', connectionsOf(one, serversOf(one.service), lost, living));
    }),
  ];
};
