// Waits for a result, not longer than a time; ends what takes longer.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Milliseconds } from './units.ts';

/**
 * The result of a promise; undefined once `limit` has passed, from when on its failure is ignored.
 * The timer ends with the result: it would keep the result in memory.
 * @throws what the promise rejects with in time
 */
export const within = async <Result>(limit: Milliseconds, promise: Promise<Result>): Promise<Result | undefined> => {
  const timer = new AbortController();
  const late = sleep(limit, undefined, { ref: false, signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
};

/** Aborts once `limit` milliseconds have passed, rounded up: AbortSignal.timeout refuses parts of one. */
export const abortAfter = (limit: number): AbortSignal => AbortSignal.timeout(Math.ceil(limit));
