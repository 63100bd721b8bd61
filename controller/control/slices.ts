// Long lists in turns of the loop: what answers a question may not delay heartbeats and verdicts.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, later, milliseconds } from '../../base/units.ts';

/** How long one turn may take. */
const slice = milliseconds(20);

/** The items, which may be made meanwhile, one after the other; after each slice, other work runs first. */
export async function* inSlices<Item>(items: Iterable<Item>, clock: Clock): AsyncGenerator<Item> {
  let until = later(clock(), slice);
  for (const item of items) {
    yield item;
    if (clock() < until) continue;
    await nextTurn();
    until = later(clock(), slice);
  }
}
