// This host in the election, as plain data: its routers in their sync groups, their pending announcements, other masters that
// they see, which of them stand aside, what holds preemption back, and the grace period after a pause. Pure.

import type { Instant } from '../../base/units.ts';
import type { RouterConfig, VrrpConfig } from '../../config/model/model.ts';
import { type IpAddress, unspecified } from '../../net/ip-address.ts';
import type { Announcements } from '../announce/announcement.ts';
import type { Restraint, Self } from '../election/parameters.ts';
import type { RouterState } from '../election/router-state.ts';
import type { Member, SyncGroup } from '../election/sync-group.ts';
import { noWatch, type RivalWatch } from '../rivals/rivals.ts';
import type { PriorityJudgement } from '../tracking/judgement.ts';

/** A router of this host besides its state, which its sync group holds. */
export type HostRouter = {
  readonly config: RouterConfig;
  /** The index of its sync group; a router without one is its own group. */
  readonly group: number;
  readonly judgement: PriorityJudgement;
  /** The address that it sends from; absent while it is not attached to its interface. */
  readonly source?: IpAddress;
  /** Of its addresses, to neighbours. */
  readonly announcements: Announcements;
  /** For other masters. */
  readonly watch: RivalWatch;
};

export type Host = {
  /** The index of each router, by name; it never changes. */
  readonly indices: ReadonlyMap<string, number>;
  readonly routers: readonly HostRouter[];
  readonly groups: readonly SyncGroup[];
  /** Names of the routers that stand aside by command. */
  readonly aside: ReadonlySet<string>;
  /** Why no router may preempt; undefined if each follows its configuration. */
  readonly heldBack: string | undefined;
  /** Routers that a verdict on a split brain restrains, by name. */
  readonly restraints: ReadonlyMap<string, Restraint>;
  /** End of the grace period after this host was paused, for routers that were due before. */
  readonly pausedUntil: Instant;
};

/** The host as it is now: the shell alone replaces it. */
export type CurrentHost = { readonly host: Host };

export const parametersOf = (
  { config, judgement, source }: HostRouter,
  { heldBack, restraints }: Pick<Host, 'heldBack' | 'restraints'>,
): Self => ({
  version: config.version,
  priority: judgement.effective,
  interval: config.advertisementInterval,
  downAfter: config.downAfter,
  preempt: config.preempt,
  ...(config.preempt && heldBack !== undefined && { heldBack }),
  ...(restraints.has(config.name) && { restraint: restraints.get(config.name) as Restraint }),
  preemptDelay: config.preemptDelay,
  startDelay: config.startDelay,
  primaryAddress: source ?? unspecified[config.family],
});

export const routerOf = ({ indices, routers }: Host, name: string): HostRouter | undefined =>
  routers[indices.get(name) ?? -1];

export const memberOf = (host: Host, name: string): Member | undefined =>
  host.groups[routerOf(host, name)?.group ?? -1]?.get(name);

/** Puts other routers in the place of those with the same names. */
export const replace = (host: Host, changed: readonly HostRouter[]): Host => {
  if (changed.length === 0) return host;
  const routers = [...host.routers];
  for (const router of changed) routers[host.indices.get(router.config.name) ?? -1] = router;
  return { ...host, routers };
};

/** Gives the election the current parameters of these routers. */
export const renew = (host: Host, routers: readonly HostRouter[]): Host => {
  const groups = [...host.groups];
  for (const router of routers) {
    const { name } = router.config;
    const group = groups[router.group];
    const member = group?.get(name);
    if (group === undefined || member === undefined) continue;
    groups[router.group] = new Map([...group, [name, { ...member, self: parametersOf(router, host) }]]);
  }
  return { ...host, groups };
};

/** The address that a router sends from; undefined while it is not attached to its interface. */
export const attachedSourceOf = (host: Host, name: string): IpAddress | undefined => routerOf(host, name)?.source;

export const stateOf = (host: Host, name: string): RouterState => memberOf(host, name)?.state ?? { name: 'initialize' };

/** A router's watch for other masters. */
export const watchOf = (host: Host, name: string): RivalWatch => routerOf(host, name)?.watch ?? noWatch;

/** A router's parameters in the election. */
export const selfOf = (host: Host, name: string): Self => {
  const member = memberOf(host, name);
  if (member === undefined) throw new Error(`there is no router ${name}`);
  return member.self;
};

/** Every router with its state. */
export const standingsOf = (host: Host): { readonly config: RouterConfig; readonly state: RouterState }[] =>
  host.routers.map(({ config }) => ({ config, state: stateOf(host, config.name) }));

/** The members of a router's sync group, itself included. */
export const groupOf = (host: Host, name: string): string[] => [
  ...(host.groups[routerOf(host, name)?.group ?? -1]?.keys() ?? []),
];

/** These routers, and all that share a sync group with one of them. */
export const withGroups = (host: Host, names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap((name) => groupOf(host, name)));

/** The names of the routers' groups; a router without one has a group of its own. */
export const groupNames = (config: VrrpConfig): ReadonlyMap<string, string> => {
  const named = new Map(config.groups.flatMap(({ name, routers }) => routers.map((router) => [router, name])));
  return new Map(config.routers.map(({ name }) => [name, named.get(name) ?? `router ${name}`]));
};

/** A router under the previous configuration, or in the previous process. */
export type Predecessor = {
  readonly state: RouterState;
  readonly group: string;
  readonly announcements: Announcements;
  readonly watch: RivalWatch;
  /** Its parameters; absent where another process had them. */
  readonly self?: Self;
};

export type Beginning = {
  readonly predecessors: ReadonlyMap<string, Predecessor>;
  readonly judgementOf: (router: string) => PriorityJudgement;
  readonly aside: readonly string[];
  readonly heldBack: string | undefined;
  readonly restraints?: ReadonlyMap<string, Restraint> | undefined;
};

/** Every router continues with its predecessor's state; a router that is new in a running group joins it. */
export const beginHost = (config: VrrpConfig, beginning: Beginning): Host => {
  const { predecessors, heldBack, restraints = new Map<string, Restraint>() } = beginning;
  const names = groupNames(config);
  const groupIndices = new Map([...new Set(names.values())].map((name, index) => [name, index]));
  const wasMember = (router: string): boolean => predecessors.get(router)?.group === names.get(router);
  const running = new Set(config.routers.flatMap(({ name }) => (wasMember(name) ? names.get(name) : [])));
  const routers = config.routers.map(
    (own): HostRouter => ({
      config: own,
      group: groupIndices.get(names.get(own.name) ?? '') ?? -1,
      judgement: beginning.judgementOf(own.name),
      announcements: predecessors.get(own.name)?.announcements ?? { due: [] },
      watch: predecessors.get(own.name)?.watch ?? noWatch,
    }),
  );
  const groups = [...groupIndices].map((): Map<string, Member> => new Map());
  for (const router of routers) {
    const { name } = router.config;
    groups[router.group]?.set(name, {
      self: parametersOf(router, { heldBack, restraints }),
      state: predecessors.get(name)?.state ?? { name: 'initialize' },
      ...(!wasMember(name) && running.has(names.get(name)) && { joining: true }),
    });
  }
  const indices = new Map(routers.map(({ config: { name } }, index) => [name, index]));
  const pausedUntil = Number.NEGATIVE_INFINITY as Instant;
  const host = { indices, routers, groups, aside: new Set<string>(), heldBack, restraints, pausedUntil };
  return { ...host, aside: withGroups(host, beginning.aside) };
};
