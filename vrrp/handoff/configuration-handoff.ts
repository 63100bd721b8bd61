// What the routers of a new configuration take over from those of the old one: their place in the election and their counts. Pure.

import type { RouterConfig } from '../../config/model/model.ts';
import { compareRouters } from '../../config/model/router-changes.ts';
import type { RouterState } from '../election/election.ts';
import type { Router } from '../router.ts';

export type Estate = { readonly router: Router; readonly state: RouterState };

export type Inheritance = {
  /** By the name of the heir. */
  readonly heirs: ReadonlyMap<string, Estate>;
  /** Names, in the old configuration, of routers that have no heir. */
  readonly extinct: readonly string[];
};

export const inherit = (estates: readonly Estate[], after: readonly RouterConfig[]): Inheritance => {
  const before = estates.map(({ router }) => router.config);
  const { kept, changed, removed } = compareRouters(before, after);
  const estateOf = new Map(estates.map((estate) => [estate.router.config.name, estate]));
  const pairs = [...kept.map((router) => ({ before: router, after: router })), ...changed];
  return {
    heirs: new Map(
      pairs.flatMap((pair) => {
        const estate = estateOf.get(pair.before.name);
        return estate === undefined ? [] : [[pair.after.name, estate] as const];
      }),
    ),
    extinct: removed.map(({ name }) => name),
  };
};
