// The one reconciler: a mark makes a turn follow in the next turn of the loop; a long turn is done in slices.

import type { Clock, Milliseconds } from '../base/units.ts';
import { elapsed } from '../base/units.ts';

export type Reconciler = {
  /** Requests a turn; several marks make one turn. */
  readonly mark: () => void;
  /** Does all marked work now. */
  readonly finish: () => void;
  /** Stops for good. */
  readonly close: () => void;
};

export type ReconcilerOptions = {
  /** Takes all marked work, in steps of some milliseconds; a mark meanwhile is included, or makes another turn follow. */
  readonly work: () => Iterator<void>;
  /** Runs an action in the next turn of the loop. */
  readonly defer: (action: () => void) => void;
  readonly clock: Clock;
  /** After this time the loop runs other work before the next step. */
  readonly slice: Milliseconds;
};

export const createReconciler = ({ work, defer, clock, slice }: ReconcilerOptions): Reconciler => {
  let running: Iterator<void> | undefined;
  let isMarked = false;
  let isDeferred = false;
  let isClosed = false;

  /** One step. @returns whether another follows */
  const step = (): boolean => {
    if (running === undefined) {
      if (!isMarked) return false;
      isMarked = false;
      running = work();
    }
    // Work that throws is dropped; marks made meanwhile stay.
    const current = running;
    running = undefined;
    if (current.next().done !== true) running = current;
    return running !== undefined || isMarked;
  };

  const schedule = (): void => {
    if (isDeferred || isClosed) return;
    isDeferred = true;
    defer(() => {
      isDeferred = false;
      if (isClosed) return;
      const startedAt = clock();
      try {
        while (step()) if (elapsed(startedAt, clock()) >= slice) break;
      } finally {
        if (running !== undefined || isMarked) schedule();
      }
    });
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
