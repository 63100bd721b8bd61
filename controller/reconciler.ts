// The one reconciler, which is only ever marked: a turn follows in the next turn of the loop, and a long one is done in slices.

import type { Clock, Milliseconds } from '../base/units.ts';
import { elapsed } from '../base/units.ts';

export type Reconciler = {
  /** There is work; however often that is said, one turn follows. */
  readonly mark: () => void;
  /** Does all that is marked now. */
  readonly finish: () => void;
  /** Does nothing any more. */
  readonly close: () => void;
};

export type ReconcilerOptions = {
  /** Takes all the work that has come, in steps of some milliseconds; a mark meanwhile is taken too, or makes another turn follow. */
  readonly work: () => Iterator<void>;
  /** Runs an action in the next turn of the loop. */
  readonly defer: (action: () => void) => void;
  readonly clock: Clock;
  /** Between two steps the loop goes on once this has passed. */
  readonly slice: Milliseconds;
};

export const createReconciler = ({ work, defer, clock, slice }: ReconcilerOptions): Reconciler => {
  let running: Iterator<void> | undefined;
  let isMarked = false;
  let isDeferred = false;
  let isClosed = false;

  /** One step. @returns whether there is another */
  const step = (): boolean => {
    if (running === undefined) {
      if (!isMarked) return false;
      isMarked = false;
      running = work();
    }
    // Work that throws is over; what was marked meanwhile is not.
    const current = running;
    running = undefined;
    if (current.next().done !== true) running = current;
    return running !== undefined || isMarked;
  };

  const run = (): void => {
    isDeferred = false;
    if (isClosed) return;
    const startedAt = clock();
    try {
      while (step()) if (elapsed(startedAt, clock()) >= slice) break;
    } finally {
      if (running !== undefined || isMarked) schedule();
    }
  };
  const schedule = (): void => {
    if (isDeferred || isClosed) return;
    isDeferred = true;
    defer(run);
  };

  return {
    mark: () => {
      isMarked = true;
      schedule();
    },
    finish: () => {
      while (step());
    },
    close: () => {
      isClosed = true;
    },
  };
};
