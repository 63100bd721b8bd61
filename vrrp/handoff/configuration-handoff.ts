// Which old router each router of a new configuration continues: it keeps that state in the election and its counters. Pure.

import type { RouterConfig } from '../../config/model/model.ts';
import { compareRouters } from '../../config/model/router-changes.ts';
import type { Predecessor } from '../host/host.ts';
import type { Router } from '../router.ts';

export type RouterSnapshot = Omit<Predecessor, 'group'> & { readonly router: Router };

export type Predecessors = {
  /** By the name of the router in the new configuration. */
  readonly predecessors: ReadonlyMap<string, RouterSnapshot>;
  /** Names of routers that only the old configuration has. */
  readonly removedNames: readonly string[];
};

export const findPredecessors = (
  snapshots: readonly RouterSnapshot[],
  after: readonly RouterConfig[],
): Predecessors => {
  const before = snapshots.map(({ router }) => router.config);
  const { kept, changed, removed } = compareRouters(before, after);
  const snapshotOf = new Map(snapshots.map((snapshot) => [snapshot.router.config.name, snapshot]));
  const pairs = [...kept.map((router) => ({ before: router, after: router })), ...changed];
  return {
    predecessors: new Map(
      pairs.flatMap((pair) => {
        const snapshot = snapshotOf.get(pair.before.name);
        return snapshot === undefined ? [] : [[pair.after.name, snapshot] as const];
      }),
    ),
    removedNames: removed.map(({ name }) => name),
  };
};
