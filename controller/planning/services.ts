// The effects of a new configuration on virtual services, by entry of the kernel's table: connections belong to entries. Pure.

import { formatDuration } from '../../base/units.ts';
import {
  describeMatch,
  type RealServerConfig,
  type ServiceMatch,
  type VirtualServiceConfig,
} from '../../config/model/service-model.ts';
import { destinationKey, serviceKey } from '../../kernel/ipvs/entries.ts';
import { desiredServices, destinationOf } from '../ipvs/desired.ts';
import { isInForce } from '../operator/commands.ts';
import { cut, hitless, type PlanLine } from '../plan-line.ts';
import type { Living } from './living.ts';
import { differences } from './words.ts';

/** A service with the kernel's key of each of its addresses and marks. */
type Keyed = { readonly service: VirtualServiceConfig; readonly matches: ReadonlyMap<string, ServiceMatch> };

const keyed = (service: VirtualServiceConfig): Keyed => ({
  service,
  matches: new Map(
    desiredServices(service).flatMap((entry, index) => {
      const match = service.matches[index];
      return match === undefined ? [] : [[serviceKey(entry), match] as const];
    }),
  ),
});

const serversOf = ({ realServers, sorryServer }: VirtualServiceConfig): readonly RealServerConfig[] =>
  sorryServer === undefined ? realServers : [...realServers, sorryServer];

/** The keys of a server's destinations in these entries. */
const keysOf = ({ service, matches }: Keyed, server: RealServerConfig, entries: Iterable<string>): string[] =>
  [...entries].flatMap((entry) => {
    const match = matches.get(entry);
    return match === undefined ? [] : [destinationKey(destinationOf(service, match, server, 0))];
  });

const connectionsOf = (
  { service, matches }: Keyed,
  servers: readonly RealServerConfig[],
  entries: readonly string[],
  living: Living,
): number => {
  const own = entries.flatMap((entry) => matches.get(entry) ?? []);
  return servers.reduce((sum, server) => sum + living.connectionsOf({ ...service, matches: own }, server), 0);
};

type Pair = { readonly was: Keyed | undefined; readonly is: Keyed };

/** Pairs services of the old and new configuration: by name, else by a shared address. */
const pairServices = (
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

const planCommands = (was: string | undefined, is: string, { commandOf }: Living): string => {
  const [old, next] = [was, is].map((name) => (name === undefined ? undefined : commandOf?.(name)));
  const inForce = (command: typeof old): string | undefined => {
    if (command === undefined || !isInForce(command)) return undefined;
    return command.drained ? 'is drained by command' : `has weight ${command.weight} by command`;
  };
  const [before, after] = [inForce(old), inForce(next)];
  if (was === is || before === after) return '';
  if (after !== undefined) return `; ${is} ${after}`;
  return `; ${was} ${before} until then, because commands are by name`;
};

const planServers = (was: Keyed, is: Keyed, living: Living): PlanLine[] => {
  const shared = [...is.matches.keys()].filter((key) => was.matches.has(key));
  const before = new Map(
    serversOf(was.service).flatMap((server) =>
      [describeMatch(server.endpoint), ...keysOf(was, server, shared)].map((key) => [key, server] as const),
    ),
  );
  const identities = (server: RealServerConfig): string[] => {
    const keys = keysOf(is, server, shared);
    return keys.length > 0 ? keys : [describeMatch(server.endpoint)];
  };
  const staying = new Set<RealServerConfig>();
  const lines = serversOf(is.service).flatMap((server): PlanLine[] => {
    const former = identities(server).flatMap((key) => before.get(key) ?? [])[0];
    const subject = `${server === is.service.sorryServer ? 'sorry server' : 'real server'} ${server.name} of ${is.service.name}`;
    if (former === undefined) {
      const checks = server.checks ?? is.service.checks;
      const when = checks.length > 0 ? 'once its check has passed' : 'at once';
      const takes = server === is.service.sorryServer ? '' : `; it takes connections ${when}`;
      return [
        hitless(
          subject,
          `is added with weight ${server.weight}${takes}${planCommands(undefined, server.name, living)}`,
        ),
      ];
    }
    staying.add(former);
    const changes = differences(former, server, ['endpoint']);
    if (former.endpoint.address === server.endpoint.address && former.endpoint.port !== server.endpoint.port)
      changes.push(`port ${former.endpoint.port} -> ${server.endpoint.port}`);
    const change = changes.join(', ');
    return change === '' ? [] : [hitless(subject, change + planCommands(former.name, server.name, living))];
  });
  const gone = serversOf(was.service).filter((server) => !staying.has(server));
  const isReplaced = staying.size === 0 && serversOf(is.service).length > 0 && shared.length > 0;
  return [
    ...lines,
    ...gone.map((server): PlanLine => {
      const subject = `real server ${server.name} of ${is.service.name}`;
      const connections = connectionsOf(was, [server], shared, living);
      const when = isReplaced ? 'is removed once another server takes connections' : 'is removed';
      const { drainTimeout } = is.service;
      const limit = drainTimeout === 0 ? '' : `; its connections have ${formatDuration(drainTimeout)} to end`;
      return cut(subject, connections === 0 ? when : `${when}${limit}`, connections);
    }),
  ];
};

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
