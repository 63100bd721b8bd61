// The one reconciler: a mark makes a turn follow in the next turn of the loop; a long turn is done in slices.

import type { Clock, Milliseconds } from '../base/units.ts';
import { elapsed } from '../base/units.ts';

export type Reconciler = {
  /** Requests a turn; several marks make one turn. */
  readonly mark: () => void;
  /** Does all marked work now. */
  readonly finish: () => void;
  /** Resolves when the work that is marked now is done, or will not be. */
  readonly settled: () => Promise<void>;
  /** Stops for good. */
  readonly close: () => void;
};

export type ReconcilerOptions = {
  /** Takes all marked work, in steps of some milliseconds; a mark meanwhile is included, or makes another turn follow. */
  readonly work: () => Iterator<void>;
  /** Called when a turn has done all its work. */
  readonly onDone: () => void;
  /** Runs an action in the next turn of the loop. */
  readonly defer: (action: () => void) => void;
  readonly clock: Clock;
  /** After this time the loop runs other work before the next step. */
  readonly slice: Milliseconds;
};

export const createReconciler = ({ work, onDone, defer, clock, slice }: ReconcilerOptions): Reconciler => {
  let running: Iterator<void> | undefined;
  let isMarked = false;
  let isDeferred = false;
  let isClosed = false;
  let waiting: { readonly passes: number; readonly resolve: () => void }[] = [];

  /** Counts a pass that is done. @param passes Infinity if none will follow */
  const count = (passes: number): void => {
    const counted = waiting.map((one) => ({ ...one, passes: one.passes - passes }));
    waiting = counted.filter((one) => one.passes > 0);
    for (const one of counted) if (one.passes <= 0) one.resolve();
  };

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
    let isDone = true;
    try {
      isDone = current.next().done === true;
      if (isDone) onDone();
    } finally {
      if (isDone) count(1);
    }
    if (!isDone) running = current;
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
    settled: () => {
      const passes = (running === undefined ? 0 : 1) + (isMarked ? 1 : 0);
      return isClosed || passes === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push({ passes, resolve }));
    },
    close: () => {
      isClosed = true;
      count(Number.POSITIVE_INFINITY);
    },
  };
};
