// Restart back-off of a lost process: short at first, then longer each time, so that a crash loop does not eat the CPU. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';

const shortest = milliseconds(100);
const longest = milliseconds(30_000);
const steadyAfter = milliseconds(60_000);
/** Whether a process that has lived this long has recovered: its next loss counts as the first. */
export const isSteady = (lived: Milliseconds): boolean => lived >= steadyAfter;

/** Losses in quick succession, counted as one fault. */
export type Losses = { readonly inARow: number; readonly pause: Milliseconds };

export const noLosses: Losses = { inARow: 0, pause: milliseconds(0) };

/** @param lived how long the process had lived. @returns the losses so far, with the pause before the restart. */
export const countLoss = (before: Losses, lived: Milliseconds): Losses => {
  const isFirst = before.inARow === 0 || isSteady(lived);
  return isFirst
    ? { inARow: 1, pause: shortest }
    : { inARow: before.inARow + 1, pause: milliseconds(Math.min(longest, 2 * before.pause)) };
};
