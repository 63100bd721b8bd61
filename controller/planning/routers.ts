// The effects of a new configuration on virtual routers, their groups, and tracked items. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { DirectorConfig, GroupConfig, RouterConfig, VirtualAddress } from '../../config/model/model.ts';
import { compareRouters } from '../../config/model/router-changes.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import { type Effect, hitless, type PlanLine } from '../plan-line.ts';
import type { Living } from './living.ts';
import { differences } from './words.ts';

const textOf = ({ address, prefixLength }: VirtualAddress): string => `${address}/${prefixLength}`;
const addressesOf = (router: RouterConfig): string[] => heldAddresses(router).map(textOf);

/** Settings whose change may make peers ignore a router, or make it fault. */
const disputed: readonly (keyof RouterConfig)[] = [
  'authentication',
  'peers',
  'multicast',
  'source',
  'checkSource',
  'minTtl',
  'addressMismatch',
  'track',
  'virtualMac',
];

const differs = (before: RouterConfig, after: RouterConfig, key: keyof RouterConfig): boolean =>
  !isDeepStrictEqual(before[key], after[key]);

/** Whether a change of the settings other than addresses changes the master, or may. */
const effectOfSettings = (before: RouterConfig, after: RouterConfig, now: RouterStatus | undefined): Effect => {
  if (disputed.some((key) => differs(before, after, key))) return 'election';
  // VRRPv2 peers with different intervals drop each other's packets.
  if (after.version === 2 && differs(before, after, 'advertisementInterval')) return 'election';
  const isMaster = now?.state === 'master';
  if (isMaster && before.accept && !after.accept) return 'cuts';
  if (isMaster) return after.priority < before.priority ? 'election' : 'hitless';
  const master = now?.master?.priority;
  const isStronger = after.priority > before.priority || (after.preempt && !before.preempt);
  const isWeaker = after.priority < before.priority;
  return (isStronger && after.preempt && (master === undefined || after.priority >= master)) ||
    (isWeaker && master === undefined)
    ? 'election'
    : 'hitless';
};

type Owners = ReadonlyMap<string, RouterConfig>;

const planAddresses = (
  before: RouterConfig,
  after: RouterConfig,
  oldOwners: Owners,
  newOwners: Owners,
  stateOf: (router: RouterConfig | undefined) => string,
  cost: (address: string) => number,
): PlanLine[] => {
  const subject = `router ${after.name}`;
  const [old, next] = [addressesOf(before), addressesOf(after)];
  const isMaster = stateOf(before) === 'master';
  const stay = heldAddresses(after).flatMap((address) => {
    const was = heldAddresses(before).find((one) => textOf(one) === textOf(address));
    const change = was === undefined ? '' : differences(was, address).join(', ');
    return change === '' ? [] : [hitless(subject, `${textOf(address)}: ${change}`)];
  });
  const gained = next
    .filter((address) => !old.includes(address))
    .map((address): PlanLine => {
      const from = oldOwners.get(address);
      if (from === undefined) return hitless(subject, `gains ${address}`);
      const stays = stateOf(from) === stateOf(before) && from.interface === after.interface;
      return {
        subject,
        change: `takes ${address} over from router ${from.name}`,
        effect: stays ? 'hitless' : 'election',
      };
    });
  const lost = old
    .filter((address) => !next.includes(address) && !newOwners.has(address))
    .map((address): PlanLine => {
      const change = `gives ${address} up`;
      if (!isMaster) return hitless(subject, change);
      // Traffic outside of services is not counted: a name server of this host, a route through the address.
      const connections = cost(address);
      return { subject, change, effect: 'cuts', ...(connections > 0 && { connections }) };
    });
  return [...stay, ...gained, ...lost];
};

/** A group may change state where its members do not agree already, where a member is new, and where its tracking changes. */
const effectOfGroup = (was: GroupConfig | undefined, is: GroupConfig, living: Living): Effect => {
  const states = is.routers.map((name) => living.routers.find((router) => router.name === name)?.state);
  const agrees = new Set(states).size === 1 && !states.includes(undefined);
  return agrees && isDeepStrictEqual(was?.track ?? [], is.track) ? 'hitless' : 'election';
};

const planGroups = (before: readonly GroupConfig[], after: readonly GroupConfig[], living: Living): PlanLine[] => {
  const old = new Map(before.map((group) => [group.name, group]));
  return [
    ...after.flatMap((group): PlanLine[] => {
      const was = old.get(group.name);
      const change =
        was === undefined ? `holds ${group.routers.join(', ')} together` : differences(was, group).join(', ');
      if (change === '') return [];
      return [{ subject: `group ${group.name}`, change, effect: effectOfGroup(was, group, living) }];
    }),
    ...before
      .filter(({ name }) => !after.some((group) => group.name === name))
      .map(({ name }) => hitless(`group ${name}`, 'is removed')),
  ];
};

const lists = { scripts: 'script', processes: 'process', files: 'file', bfd: 'bfd' } as const;

/** A changed item, referenced by name, may weigh otherwise or have another state at its next check. */
const planTracked = ({ vrrp: before }: DirectorConfig, { vrrp: after }: DirectorConfig): PlanLine[] =>
  Object.entries(lists).flatMap(([list, kind]) => {
    const [old, next] = [before, after].map(
      (vrrp) =>
        new Map(
          (vrrp[list as keyof typeof lists] as readonly { readonly name: string }[]).map((item) => [item.name, item]),
        ),
    );
    const names = new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])]);
    const trackers = (name: string): string[] =>
      [...after.routers, ...after.groups]
        .filter(({ track }) => track.some((one) => one.kind === kind && one.name === name))
        .map((one) => one.name);
    return [...names].flatMap((name): PlanLine[] => {
      const [was, is] = [old?.get(name), next?.get(name)];
      if (isDeepStrictEqual(was, is)) return [];
      const change =
        was === undefined ? 'is added' : is === undefined ? 'is removed' : differences(was, is, ['name']).join(', ');
      const tracking = trackers(name);
      const subject = `${kind} ${name}`;
      return tracking.length === 0
        ? [hitless(subject, change)]
        : [
            {
              subject,
              change: `${change}; ${tracking.join(', ')} ${tracking.length === 1 ? 'follows' : 'follow'} it`,
              effect: 'election',
            },
          ];
    });
  });

export const planRouters = (before: DirectorConfig, after: DirectorConfig, living: Living): PlanLine[] => {
  const { changed, added, removed } = compareRouters(before.vrrp.routers, after.vrrp.routers);
  const statusOf = (router: RouterConfig | undefined) => living.routers.find(({ name }) => name === router?.name);
  const stateOf = (router: RouterConfig | undefined): string => statusOf(router)?.state ?? 'initialize';
  const ownersOf = ({ vrrp }: DirectorConfig): Owners =>
    new Map(vrrp.routers.flatMap((router) => addressesOf(router).map((address) => [address, router] as const)));
  const [oldOwners, newOwners] = [ownersOf(before), ownersOf(after)];
  const cost = (text: string): number => {
    const address = text.replace(/\/\d+$/, '');
    return before.virtualServices
      .flatMap((service) => {
        const matches = service.matches.filter((match) => 'address' in match && match.address === address);
        const servers = matches.length === 0 ? [] : service.realServers;
        return servers.map((server) => living.connectionsOf({ ...service, matches }, server));
      })
      .reduce((sum, count) => sum + count, 0);
  };
  return [
    ...changed.flatMap((pair): PlanLine[] => {
      const settings = differences(pair.before, pair.after, ['addresses', 'excluded']).join(', ');
      const effect = effectOfSettings(pair.before, pair.after, statusOf(pair.before));
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
    ...planGroups(before.vrrp.groups, after.vrrp.groups, living),
    ...planTracked(before, after),
  ];
};
