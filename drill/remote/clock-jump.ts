// A jump of another host's clock, there and back: its times are read as ours meanwhile, too.

import type { Applied, Clock } from '../run/target.ts';
import type { HostClock } from './host-clock.ts';

export type Jump = {
  /** In milliseconds. */
  readonly by: number;
  readonly make: () => Promise<Applied>;
  /** Compares the host's clock with ours. */
  readonly measure: () => Promise<Clock>;
};

export const jumpClock = async (clock: HostClock, { by, make, measure }: Jump): Promise<Applied> => {
  /** What the host says at once is read by an estimate. */
  const change = async <T>(span: number, act: () => Promise<T>): Promise<T> => {
    const before = clock.ahead();
    clock.set(before + span);
    const result = await act().catch((error: unknown) => {
      clock.set(before);
      throw error;
    });
    // Without a measure the estimate stays: the clock has jumped, and must be set back.
    await measure().then(
      ({ ahead }) => clock.set(ahead),
      () => {},
    );
    return result;
  };
  const applied = await change(by, make);
  return { ...applied, undo: () => change(-by, async () => await applied.undo?.()) };
};
