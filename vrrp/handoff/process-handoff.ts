// What a vrrp process leaves to the next one on this host, so that nobody else sees the change: each router's place in the
// election, its counts, and what is known of tracked items. Instants stay true: the monotonic clock is the host's. Pure.

import type { RouterState } from '../election/election.ts';
import type { SeenRival } from '../rivals/rivalry.ts';
import { createRouter, type Router } from '../router.ts';
import type { ItemState } from '../tracking/judgement.ts';
import type { Estate } from './configuration-handoff.ts';

/** All of a router that is plain data, and no secret; a sequence goes on by the clock. */
type Kept = Omit<
  Router,
  'group' | 'keys' | 'marks' | 'sequence' | 'sendErrors' | 'mismatchesTold' | 'rivalry' | 'suspicions'
> & {
  readonly rivals: readonly (readonly [string, SeenRival])[];
};

export type Legacy = {
  readonly routers: readonly { readonly kept: Kept; readonly state: RouterState }[];
  /** Tracked items, by their key. */
  readonly known: readonly (readonly [string, ItemState])[];
};

export const bequeath = (estates: readonly Estate[], known: ReadonlyMap<string, ItemState>): Legacy => ({
  routers: estates.map(({ router, state }) => {
    const { group, keys, marks, sequence, sendErrors, mismatchesTold, rivalry, suspicions, ...kept } = router;
    return { kept: { ...kept, rivals: [...rivalry] }, state };
  }),
  known: [...known],
});

/** The estates as they would be had this process run all the time; it reads the keys of its routers itself. */
export const estatesOf = ({ routers }: Legacy): Estate[] =>
  routers.map(({ kept: { rivals, ...kept }, state }) => ({
    // One that knew of no rivals has left none.
    router: { ...createRouter(kept.config, ''), ...kept, rivalry: new Map(rivals ?? []) },
    state,
  }));
