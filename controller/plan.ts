// What a new configuration would change on this director, and what each change costs the traffic. Pure.

import { isDeepStrictEqual } from 'node:util';
import { formatDuration } from '../base/units.ts';
import type { DirectorConfig, RouterConfig, VirtualAddress } from '../config/model/model.ts';
import { compareRouters } from '../config/model/router-changes.ts';
import { describeMatch, type RealServerConfig, type VirtualServiceConfig } from '../config/model/service-model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import type { RouterStatus } from '../vrrp/status.ts';
import type { Effect, Plan, PlanLine } from './plan-line.ts';

/** What the plan asks of the running director. */
export type Living = {
  readonly routers: readonly RouterStatus[];
  readonly connectionsOf: (service: VirtualServiceConfig, server: RealServerConfig) => number;
};

const keyOf = ({ protocol, matches }: VirtualServiceConfig): string =>
  `${protocol} ${matches.map(describeMatch).join(' ')}`;
const serverKeyOf = ({ endpoint }: RealServerConfig): string => describeMatch(endpoint);

const cut = (subject: string, change: string, connections: number): PlanLine =>
  connections === 0 ? { subject, change, effect: 'hitless' } : { subject, change, effect: 'cuts', connections };

const show = (value: unknown): string => {
  if (value === undefined) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** One sentence for all settings that differ: `priority 150 -> 120, preempt true -> false`. */
const differences = (before: object, after: object, except: readonly string[]): string =>
  Object.keys({ ...before, ...after })
    .filter((key) => !except.includes(key))
    .flatMap((key) => {
      const [old, next] = [Reflect.get(before, key) as unknown, Reflect.get(after, key) as unknown];
      const word = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return isDeepStrictEqual(old, next) ? [] : [`${word} ${show(old)} -> ${show(next)}`];
    })
    .join(', ');

const textOf = ({ address, prefixLength }: VirtualAddress): string => `${address}/${prefixLength}`;

const addressesOf = (router: RouterConfig): string[] => heldAddresses(router).map(textOf);

/** Whether other settings than the name and what is looked at apart make peers disagree or the master change. */
const effectOfPriority = (before: RouterConfig, after: RouterConfig, now: RouterStatus | undefined): Effect => {
  if (before.priority === after.priority) return 'hitless';
  if (now?.state === 'master') return after.priority > before.priority ? 'hitless' : 'election';
  const master = now?.master?.priority;
  return after.preempt && (master === undefined || after.priority >= master) ? 'election' : 'hitless';
};

const planAddresses = (
  before: RouterConfig,
  after: RouterConfig,
  oldOwners: ReadonlyMap<string, RouterConfig>,
  newOwners: ReadonlyMap<string, RouterConfig>,
  stateOf: (router: RouterConfig | undefined) => string,
  cost: (address: string) => number,
): PlanLine[] => {
  const subject = `router ${after.name}`;
  const [old, next] = [addressesOf(before), addressesOf(after)];
  const gained = next.filter((address) => !old.includes(address));
  const lost = old.filter((address) => !next.includes(address));
  const stay = heldAddresses(after).flatMap((address) => {
    const was = heldAddresses(before).find((one) => textOf(one) === textOf(address));
    const change = was === undefined ? '' : differences(was, address, []);
    return change === '' ? [] : [{ subject, change: `${textOf(address)}: ${change}`, effect: 'hitless' as const }];
  });
  return [
    ...stay,
    ...gained.map((address): PlanLine => {
      const from = oldOwners.get(address);
      if (from === undefined) return { subject, change: `gains ${address}`, effect: 'hitless' };
      const stays = stateOf(from) === stateOf(before) && from.interface === after.interface;
      return {
        subject,
        change: `takes ${address} over from router ${from.name}`,
        effect: stays ? 'hitless' : 'election',
      };
    }),
    ...lost
      .filter((address) => !newOwners.has(address))
      .map((address) => cut(subject, `gives ${address} up`, stateOf(before) === 'master' ? cost(address) : 0)),
  ];
};

const planRouters = (before: DirectorConfig, after: DirectorConfig, living: Living): PlanLine[] => {
  const { changed, added, removed } = compareRouters(before.vrrp.routers, after.vrrp.routers);
  const statusOf = (router: RouterConfig | undefined) => living.routers.find(({ name }) => name === router?.name);
  const stateOf = (router: RouterConfig | undefined): string => statusOf(router)?.state ?? 'initialize';
  const ownersOf = (config: DirectorConfig) =>
    new Map(config.vrrp.routers.flatMap((router) => addressesOf(router).map((address) => [address, router] as const)));
  const [oldOwners, newOwners] = [ownersOf(before), ownersOf(after)];
  const cost = (address: string): number =>
    before.virtualServices
      .filter(({ matches }) =>
        matches.some((match) => 'address' in match && `${match.address}/` === address.replace(/\d+$/, '')),
      )
      .flatMap((service) => service.realServers.map((server) => living.connectionsOf(service, server)))
      .reduce((sum, count) => sum + count, 0);
  return [
    ...changed.flatMap((pair): PlanLine[] => {
      const settings = differences(pair.before, pair.after, ['addresses', 'excluded']);
      const isTooQuick =
        pair.after.version === 2 && pair.before.advertisementInterval !== pair.after.advertisementInterval;
      const effect = isTooQuick ? 'election' : effectOfPriority(pair.before, pair.after, statusOf(pair.before));
      return [
        ...(settings === '' ? [] : [{ subject: `router ${pair.after.name}`, change: settings, effect }]),
        ...planAddresses(pair.before, pair.after, oldOwners, newOwners, stateOf, cost),
      ];
    }),
    ...added.map(
      (router): PlanLine => ({
        subject: `router ${router.name}`,
        change: `is added on ${router.interface} with ${addressesOf(router).join(' ')}`,
        effect: 'election',
      }),
    ),
    ...removed.map(
      (router): PlanLine => ({
        subject: `router ${router.name}`,
        change: `is removed${stateOf(router) === 'master' ? ', and says farewell' : ''}`,
        effect: stateOf(router) === 'master' ? 'election' : 'hitless',
      }),
    ),
  ];
};

const planGroups = (before: DirectorConfig, after: DirectorConfig, living: Living): PlanLine[] => {
  const statesOf = (names: readonly string[]) =>
    new Set(names.flatMap((name) => living.routers.find((router) => router.name === name)?.state ?? []));
  const lines = after.vrrp.groups.flatMap((group): PlanLine[] => {
    const old = before.vrrp.groups.find(({ name }) => name === group.name);
    if (isDeepStrictEqual(old, group)) return [];
    const effect = statesOf(group.routers).size > 1 ? 'election' : 'hitless';
    return [{ subject: `group ${group.name}`, change: `holds ${group.routers.join(', ')} together`, effect }];
  });
  const gone = before.vrrp.groups.filter(({ name }) => !after.vrrp.groups.some((group) => group.name === name));
  return [
    ...lines,
    ...gone.map(({ name }): PlanLine => ({ subject: `group ${name}`, change: 'is removed', effect: 'hitless' })),
  ];
};

const planServers = (before: VirtualServiceConfig, after: VirtualServiceConfig, living: Living): PlanLine[] => {
  const old = new Map(before.realServers.map((server) => [serverKeyOf(server), server]));
  const next = new Set(after.realServers.map(serverKeyOf));
  return [
    ...after.realServers.flatMap((server): PlanLine[] => {
      const was = old.get(serverKeyOf(server));
      const subject = `real server ${server.name} of ${after.name}`;
      if (was === undefined) {
        const change = `is added with weight ${server.weight}; it takes connections once its check has passed`;
        return [{ subject, change, effect: 'hitless' }];
      }
      const change = differences(was, server, ['endpoint']);
      if (change === '') return [];
      // What forwards the packets of a connection cannot change under it.
      const isRewritten = was.forwarding !== server.forwarding;
      return isRewritten
        ? [cut(subject, change, living.connectionsOf(before, was))]
        : [{ subject, change, effect: 'hitless' }];
    }),
    ...before.realServers
      .filter((server) => !next.has(serverKeyOf(server)))
      .map((server) =>
        cut(`real server ${server.name} of ${after.name}`, 'is removed', living.connectionsOf(before, server)),
      ),
  ];
};

const planServices = (before: DirectorConfig, after: DirectorConfig, living: Living): PlanLine[] => {
  const old = new Map(before.virtualServices.map((service) => [keyOf(service), service]));
  const next = new Set(after.virtualServices.map(keyOf));
  const all = (service: VirtualServiceConfig): number =>
    service.realServers.reduce((sum, server) => sum + living.connectionsOf(service, server), 0);
  return [
    ...after.virtualServices.flatMap((service): PlanLine[] => {
      const was = old.get(keyOf(service));
      const subject = `service ${service.name}`;
      const servers = `${service.realServers.length} real servers`;
      if (was === undefined) return [{ subject, change: `is added with ${servers}`, effect: 'hitless' }];
      const change = differences(was, service, ['matches', 'realServers']);
      // What rewrites the packets of a connection cannot change under it.
      const line =
        was.snat !== service.snat ? cut(subject, change, all(was)) : { subject, change, effect: 'hitless' as const };
      return [...(change === '' ? [] : [line]), ...planServers(was, service, living)];
    }),
    ...before.virtualServices
      .filter((service) => !next.has(keyOf(service)))
      .map((service) => cut(`service ${service.name}`, 'is removed', all(service))),
  ];
};

const planRest = (before: DirectorConfig, after: DirectorConfig): PlanLine[] => {
  const hold =
    before.vrrp.hold === after.vrrp.hold
      ? []
      : [{ subject: 'vrrp', change: `hold ${formatDuration(before.vrrp.hold)} -> ${formatDuration(after.vrrp.hold)}` }];
  const known = ['vrrp', 'virtualServices'];
  const others = Object.keys({ ...before, ...after }).filter((key) => !known.includes(key));
  const changes = others.flatMap((key) => {
    const [old, next] = [Reflect.get(before, key) as unknown, Reflect.get(after, key) as unknown];
    return isDeepStrictEqual(old, next) ? [] : [{ subject: key, change: `${show(old)} -> ${show(next)}` }];
  });
  return [...hold, ...changes].map((line) => ({ ...line, effect: 'hitless' }));
};

export const planChange = (before: DirectorConfig, after: DirectorConfig, living: Living): Plan => [
  ...planRouters(before, after, living),
  ...planGroups(before, after, living),
  ...planServices(before, after, living),
  ...planRest(before, after),
];
