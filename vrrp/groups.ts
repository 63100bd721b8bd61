// The routers of this host, their sync groups, and their states in the election.

import type { Instant } from '../base/units.ts';
import type { RouterConfig, VrrpConfig } from '../config/model/model.ts';
import type { RouterEvent, RouterState, Self } from './election/election.ts';
import { type GroupStep, type Member, type SyncGroup, stepGroup } from './election/sync-group.ts';
import type { RouterSnapshot } from './handoff/configuration-handoff.ts';
import type { Standing } from './holdings/desired.ts';
import { createRouter, type Router } from './router.ts';

export type Groups = {
  readonly routers: ReadonlyMap<string, Router>;
  /** The members of a router's sync group, itself included. */
  readonly groupOf: (name: string) => readonly Router[];
  /** The names of all routers that share a group with one of these. */
  readonly withGroups: (names: readonly string[]) => ReadonlySet<string>;
  readonly stateOf: (router: Router) => RouterState;
  readonly standings: () => Standing[];
  readonly snapshots: () => RouterSnapshot[];
  /** Gives every router its predecessor's state in the election. */
  readonly restore: () => void;
  /** Gives the election the current priority and address of a router. */
  readonly renewSelf: (name: string) => void;
  /** Gives a router an event and lets its group follow; undefined for an unknown router. */
  readonly step: (name: string, event: RouterEvent, now: Instant) => GroupStep | undefined;
};

/** @param selfOf gives a router's parameters in the election; called from `restore` on. */
export const createGroups = (
  config: VrrpConfig,
  predecessors: ReadonlyMap<string, RouterSnapshot>,
  selfOf: (own: RouterConfig) => Self,
): Groups => {
  const groupNameOf = (name: string): string =>
    config.groups.find((group) => group.routers.includes(name))?.name ?? `router ${name}`;
  const routers = new Map(
    config.routers.map((own) => [
      own.name,
      createRouter(own, groupNameOf(own.name), predecessors.get(own.name)?.router),
    ]),
  );
  const groups = new Map<string, SyncGroup>();

  const groupOf = (name: string): Router[] => {
    const group = routers.get(name)?.group;
    return [...routers.values()].filter((router) => router.group === group);
  };

  const stateOf = ({ config: { name }, group }: Router): RouterState =>
    groups.get(group)?.get(name)?.state ?? { name: 'initialize' };

  /** Whether a router was in the group under the previous configuration. */
  const isMember = (name: string, group: string): boolean => {
    const before = predecessors.get(name);
    return before !== undefined && before.router.group === group && routers.get(name)?.group === group;
  };

  return {
    routers,
    groupOf,
    withGroups: (names) => new Set(names.flatMap((name) => groupOf(name).map((router) => router.config.name))),
    stateOf,
    standings: () => [...routers.values()].map((router) => ({ config: router.config, state: stateOf(router) })),
    snapshots: () => [...routers.values()].map((router) => ({ router, state: stateOf(router) })),
    restore: () => {
      for (const { config: own, group } of routers.values()) {
        const state = predecessors.get(own.name)?.state ?? { name: 'initialize' as const };
        const joins =
          !isMember(own.name, group) && [...routers.values()].some((other) => isMember(other.config.name, group));
        const member: Member = { self: selfOf(own), state, ...(joins && { joining: true }) };
        groups.set(group, new Map([...(groups.get(group) ?? []), [own.name, member]]));
      }
    },
    renewSelf: (name) => {
      const router = routers.get(name);
      const members = groups.get(router?.group ?? '');
      const member = members?.get(name);
      if (router === undefined || members === undefined || member === undefined) return;
      groups.set(router.group, new Map([...members, [name, { ...member, self: selfOf(router.config) }]]));
    },
    step: (name, event, now) => {
      const router = routers.get(name);
      const group = groups.get(router?.group ?? '');
      if (router === undefined || group === undefined) return undefined;
      const result = stepGroup(group, name, event, now);
      groups.set(router.group, result.group);
      return result;
    },
  };
};
