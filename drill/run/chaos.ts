// Plays planned chaos: makes and undoes each fault at its moment.

import { type Planned, placeOf } from '../scenario/chaos.ts';
import type { Act } from '../scenario/keys.ts';
import { type Stopped, watchFor } from './abort.ts';
import type { Faults } from './faults.ts';

/**
 * At one place one after the other; what takes long at one place delays nothing at another.
 * @param span in milliseconds.
 * @param tell what cannot be made at its moment, such as deleting an address that is not there, and is left out.
 */
export const playChaos = async (
  planned: readonly Planned[],
  span: number,
  faults: Faults,
  stopped: Stopped,
  tell: (left: Act, why: unknown) => void,
): Promise<void> => {
  const began = performance.now();
  const made = new Map<Planned, number>();
  const last = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  let isOver = false;
  const make = async (one: Planned): Promise<void> => {
    if (isOver) return tell(one.act, new Error('the time of chaos was over before its turn came'));
    await faults.make(one.act).then(
      ({ id }) => made.set(one, id),
      (error: unknown) => tell(one.act, error),
    );
  };
  const undo = async (one: Planned): Promise<void> => {
    const id = made.get(one);
    if (id !== undefined) await faults.undo(id).catch((error: unknown) => failures.push(error));
  };
  const moments = planned
    .flatMap((one) => [
      { at: one.at, one, change: make },
      ...(one.lasts === undefined ? [] : [{ at: one.at + one.lasts, one, change: undo }]),
    ])
    .sort((one, other) => one.at - other.at);
  try {
    for (const { at, one, change } of moments.filter(({ at }) => at < span)) {
      await watchFor(began + at - performance.now(), stopped);
      const place = placeOf(one.act);
      last.set(
        place,
        (last.get(place) ?? Promise.resolve()).then(() => change(one)),
      );
    }
    await watchFor(began + span - performance.now(), stopped);
  } finally {
    // What is being made is undone with the rest.
    isOver = true;
  }
  await Promise.all(last.values());
  for (const one of made.keys()) await undo(one);
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
};
