// Plays planned chaos: makes and undoes each fault at its moment.

import type { Planned } from '../scenario/chaos.ts';
import { type Stopped, watchFor } from './abort.ts';
import type { Faults } from './faults.ts';

/** @param span in milliseconds. */
export const playChaos = async (
  planned: readonly Planned[],
  span: number,
  faults: Faults,
  stopped: Stopped,
): Promise<void> => {
  const began = performance.now();
  const made = new Map<Planned, number>();
  const moments = planned
    .flatMap((one) => [
      { at: one.at, one, isUndo: false },
      ...(one.lasts === undefined ? [] : [{ at: one.at + one.lasts, one, isUndo: true }]),
    ])
    .sort((one, other) => one.at - other.at);
  for (const { at, one, isUndo } of moments.filter(({ at }) => at < span)) {
    await watchFor(began + at - performance.now(), stopped);
    const id = made.get(one);
    // What cannot be made at its moment, such as deleting an address that is not there, is left out.
    if (!isUndo)
      await faults.make(one.act).then(
        ({ id: number }) => made.set(one, number),
        () => {},
      );
    else if (id !== undefined) await faults.undo(id);
  }
  await watchFor(began + span - performance.now(), stopped);
  for (const id of made.values()) await faults.undo(id);
};
