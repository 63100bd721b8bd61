// Reports that routes or neighbours of this network namespace have changed, without details.

import { watchGroups } from '../netlink/group-watch.ts';

// enum rtnetlink_groups
const groups = { neighbours: [3], routes: [7, 11] } as const;

/** @throws KernelError when the socket cannot be opened. */
export const watchReach = (kinds: readonly (keyof typeof groups)[], onChange: () => void): { close(): void } =>
  watchGroups(
    kinds.flatMap((kind) => groups[kind]),
    onChange,
  );
