// What a vrrp process hands to its successor on this host, so that peers see no change: each router's state in the election,
// its counters, and the states of tracked items. Instants stay valid: the monotonic clock is the host's. Pure.

import type { Announcements } from '../announce/announcement.ts';
import type { RouterState } from '../election/router-state.ts';
import type { SeenRival } from '../rivals/rivalry.ts';
import { noWatch, type RivalWatch } from '../rivals/rivals.ts';
import { createRouter, type Router, type Times } from '../router.ts';
import type { ItemState } from '../tracking/judgement.ts';
import type { RouterSnapshot } from './configuration-handoff.ts';

/** A router's plain data without secrets; sequence numbers continue by the clock. */
type Kept = Omit<Router, 'group' | 'keys' | 'marks' | 'sequence' | 'sendErrors' | 'mismatchesTold' | 'refusals'> &
  Pick<RivalWatch, 'masterSince' | 'splitBrains' | 'probeAt'> & {
    readonly announcements: Announcements;
    readonly rivals: readonly (readonly [string, SeenRival])[];
    /** Absent from an older build, which reported each. */
    readonly areRivalsReported?: boolean;
  };

export type Handoff = {
  readonly routers: readonly { readonly kept: Kept; readonly state: RouterState }[];
  /** Tracked items by key. */
  readonly known: readonly (readonly [string, ItemState])[];
};

export const handOff = (snapshots: readonly RouterSnapshot[], known: ReadonlyMap<string, ItemState>): Handoff => ({
  routers: snapshots.map(({ router, state, announcements, watch }) => {
    const { group, keys, marks, sequence, sendErrors, mismatchesTold, refusals, ...kept } = router;
    // The bucket of the watch's reports begins anew; the router's own has the same name.
    const { rivalry, suspicions, reports, isReported, ...watching } = watch;
    const areRivalsReported = isReported === true;
    return { kept: { ...kept, ...watching, announcements, rivals: [...rivalry], areRivalsReported }, state };
  }),
  known: [...known],
});

/** An older build hands over no rivals, or none with the instant when they were first seen. */
const rivalryOf = ({ rivals }: Kept): RivalWatch['rivalry'] =>
  new Map((rivals ?? []).map(([key, rival]) => [key, { ...rival, begun: rival.begun ?? rival.until }]));

/** The previous process's routers, for this one to continue; their keys are read again from the files. */
export const snapshotsOf = ({ routers }: Handoff, times: Times): RouterSnapshot[] =>
  routers.map(({ kept, state }) => {
    const { rivals: _, areRivalsReported, announcements, masterSince, splitBrains, probeAt, ...router } = kept;
    const rivalry = rivalryOf(kept);
    return {
      router: { ...createRouter(kept.config, '', times), ...router },
      state,
      announcements,
      watch: {
        ...noWatch,
        ...(masterSince !== undefined && { masterSince }),
        ...(probeAt !== undefined && { probeAt }),
        splitBrains,
        rivalry,
        ...(rivalry.size > 0 && areRivalsReported !== false && { isReported: true as const }),
      },
    };
  });
