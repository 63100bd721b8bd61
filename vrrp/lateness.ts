// How late advertisements leave after they were due, counted in classes: the worst one says that it happened, these how often.

import { type Milliseconds, milliseconds } from '../base/units.ts';

/** Upper bounds of the classes in milliseconds: from what real-time scheduling keeps to what a backup takes for death. */
export const latenessBounds: readonly number[] = [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000];

/** Counted in classes: one more count than there are bounds, for what exceeds them all. */
export type LatenessTally = {
  readonly bounds: readonly Milliseconds[];
  readonly counts: readonly number[];
  readonly sum: Milliseconds;
};

export type LatenessCount = { readonly counts: number[]; sum: Milliseconds };

export const noLateness = (): LatenessCount => ({
  // One more than there are bounds, for what is later than all of them.
  counts: [...latenessBounds, Number.POSITIVE_INFINITY].map(() => 0),
  sum: milliseconds(0),
});

/** Counts one advertisement in place, since a router at 10 ms sends a hundred a second. */
export const countLateness = (count: LatenessCount, lateness: Milliseconds): void => {
  const found = latenessBounds.findIndex((bound) => lateness <= bound);
  const index = found === -1 ? latenessBounds.length : found;
  count.counts[index] = (count.counts[index] ?? 0) + 1;
  count.sum = milliseconds(count.sum + lateness);
};

export const tallyOf = ({ counts, sum }: LatenessCount): LatenessTally => ({
  bounds: latenessBounds.map(milliseconds),
  counts: [...counts],
  sum,
});
