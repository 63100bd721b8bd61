// A timer for an instant that is not urgent wakes once, and never before it.

import assert from 'node:assert/strict';
import { type Instant, monotonic } from '../../../base/units.ts';
import { startTimer } from '../../../vrrp/timer.ts';

/** Counts the timers of the process that are started by `action`, until it is done. */
const countTimers = async (action: () => Promise<void>): Promise<number> => {
  const { setTimeout: start } = globalThis;
  let count = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof start>) => {
    count += 1;
    return start(...args);
  }) as typeof start;
  try {
    await action();
  } finally {
    globalThis.setTimeout = start;
  }
  return count;
};

describe('a timer that is not urgent', () => {
  for (const span of [9.7, 9.1, 5.5, 0.3])
    it(`of ${span} ms wakes once, not before`, async () => {
      const counts: number[] = [];
      const wait = (): Promise<void> =>
        new Promise((resolve) => {
          const instant = (monotonic() + span) as Instant;
          const wake = (): void => {
            const lateness = monotonic() - instant;
            assert.ok(lateness >= 0, `${lateness} ms`);
            resolve();
          };
          startTimer(instant, wake, false);
        });
      // Node counts from the start of a turn of the loop, which may have been a while ago on a busy host.
      for (let round = 0; round < 10; round += 1) counts.push(await countTimers(wait));
      assert.ok(Math.min(...counts) <= 1, counts.join(' '));
    });
});
