// When a change of a tracked item counts: at once, or after it has lasted, so that a flapping cable is no flapping election. Pure.

import { elapsed, type Instant, later, type Milliseconds } from '../../base/units.ts';
import type { ItemState } from './judgement.ts';

export type Delays = { readonly downDelay: Milliseconds; readonly upDelay: Milliseconds };

/** An item: the state that counts and, while another one is on trial, that one and when it will count. */
export type Settling = {
  readonly settled: ItemState;
  readonly pending?: { readonly state: ItemState; readonly at: Instant };
};

/** Takes what is seen of an item. What is seen first counts at once; not to know makes nothing of what is known. */
export const observe = (item: Settling | undefined, state: ItemState, delays: Delays, now: Instant): Settling => {
  if (item === undefined || item.settled.state === 'unknown') return { settled: state };
  if (state.state === 'unknown') return item;
  if (state.state === item.settled.state) return { settled: state };
  const delay = state.state === 'down' ? delays.downDelay : delays.upDelay;
  const at = item.pending?.state.state === state.state ? item.pending.at : later(now, delay);
  return settle({ ...item, pending: { state, at } }, now);
};

/** Lets a pending state count whose time has come. */
export const settle = (item: Settling, now: Instant): Settling =>
  item.pending !== undefined && elapsed(item.pending.at, now) >= 0 ? { settled: item.pending.state } : item;
