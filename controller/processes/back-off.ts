// How long a process that was lost is waited with: at first hardly, then longer each time, so that one that cannot live starves nobody. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';

const shortest = milliseconds(100);
const longest = milliseconds(30_000);
const steadyAfter = milliseconds(60_000);
/** Whether a process that has lived for so long has recovered: its next loss is a first one again. */
export const isSteady = (lived: Milliseconds): boolean => lived >= steadyAfter;

/** The losses of a process that followed each other so soon that they are one trouble. */
export type Losses = { readonly inARow: number; readonly pause: Milliseconds };

export const noLosses: Losses = { inARow: 0, pause: milliseconds(0) };

/** @param lived how long the process had lived. @returns the pause until it is started again, among the losses so far. */
export const countLoss = (before: Losses, lived: Milliseconds): Losses => {
  const isFirst = before.inARow === 0 || isSteady(lived);
  return isFirst
    ? { inARow: 1, pause: shortest }
    : { inARow: before.inARow + 1, pause: milliseconds(Math.min(longest, 2 * before.pause)) };
};
