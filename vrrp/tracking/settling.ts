// When a change of a tracked item counts: at once, or after a delay, so that a flapping link causes no flapping election. Pure.

import { elapsed, type Instant, later, type Milliseconds } from '../../base/units.ts';
import type { ItemState } from './judgement.ts';

export type Delays = { readonly downDelay: Milliseconds; readonly upDelay: Milliseconds };

/** An item: the state that counts and, while another one is pending, that one and when it counts. */
export type Settling = {
  readonly settled: ItemState;
  readonly pending?: { readonly state: ItemState; readonly at: Instant };
};

/** Lets a pending state count once it is due. */
export const settle = (item: Settling, now: Instant): Settling =>
  item.pending !== undefined && elapsed(item.pending.at, now) >= 0 ? { settled: item.pending.state } : item;

/** Takes a new state of an item. The first one counts at once; `unknown` does not replace a known state. */
export const observe = (item: Settling | undefined, state: ItemState, delays: Delays, now: Instant): Settling => {
  if (item === undefined || item.settled.state === 'unknown') return { settled: state };
  if (state.state === 'unknown') return item;
  if (state.state === item.settled.state) return { settled: state };
  const delay = state.state === 'down' ? delays.downDelay : delays.upDelay;
  const at = item.pending?.state.state === state.state ? item.pending.at : later(now, delay);
  return settle({ ...item, pending: { state, at } }, now);
};
