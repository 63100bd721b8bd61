// Long lists in turns of the loop: what answers a question may not delay heartbeats and verdicts.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { later, milliseconds, monotonic } from '../../base/units.ts';

/** How long one turn may take. */
const slice = milliseconds(20);

/** The items one after the other; after each slice, other work runs first. */
export async function* inSlices<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  let until = later(monotonic(), slice);
  for (const item of items) {
    yield item;
    if (monotonic() < until) continue;
    await nextTurn();
    until = later(monotonic(), slice);
  }
}
