// How late advertisements leave, counted in classes: the worst lateness shows that it happened, these counts how often.

import { type Milliseconds, milliseconds } from '../base/units.ts';

/** Upper bounds of the classes in milliseconds: from real-time scheduling's accuracy to what makes a backup take over. */
export const latenessBounds: readonly number[] = [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000];

/** Counts by class; the last one is for values above all bounds. */
export type LatenessTally = {
  readonly bounds: readonly Milliseconds[];
  readonly counts: readonly number[];
  readonly sum: Milliseconds;
};

export type LatenessCount = { readonly counts: number[]; sum: Milliseconds };

export const noLateness = (): LatenessCount => ({
  counts: [...latenessBounds, Number.POSITIVE_INFINITY].map(() => 0),
  sum: milliseconds(0),
});

/** Counts one advertisement in place, since a router at 10 ms intervals sends a hundred a second. */
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
