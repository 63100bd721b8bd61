// Grace period after this host was paused: its routers heard nothing meanwhile, and its peers may have been paused too (by a
// hypervisor or a processor quota). Running peers get a moment to advertise. Pure.

import { elapsed, type Instant, type Milliseconds, milliseconds } from '../../base/units.ts';
import { type Self, skewTime } from './parameters.ts';
import { hasOverslept, type RouterState } from './router-state.ts';

/**
 * Lateness in milliseconds from which a process counts as paused; less is timer resolution, or too short for the interval to
 * have kept a packet from being heard.
 */
const noticedFrom = (interval: Milliseconds): number => Math.min(20, Math.max(1.5, interval / 20));
/** Milliseconds in which waiting packets are read. */
const packetsTime = 1;
/** Milliseconds in which a master that was paused with this host advertises, once both run again. */
const peersTime = 20;

/** After this time a master that was paused has read the packets that waited, and knows whether it was replaced. */
export const certainAfter = milliseconds(20);

/**
 * How long a due router waits for its peers before it takes over, or stays master.
 * @param stood how much later than requested this process was called.
 * @returns 0 for no wait.
 */
export const pauseOf = (self: Self, state: RouterState, now: Instant, stood: Milliseconds): Milliseconds => {
  if (state.name === 'master') {
    return milliseconds(hasOverslept(self, state.lastSent, now) ? packetsTime : 0);
  }
  if (state.name !== 'backup') return milliseconds(0);
  const late = Math.max(stood, elapsed(state.deadline, now));
  if (late < noticedFrom(state.masterInterval)) return milliseconds(0);
  // A pause that is short for the interval has not kept a running master from being heard in time.
  if (late < state.masterInterval / 10) return milliseconds(packetsTime);
  const listening = state.masterInterval + skewTime(self, state.masterInterval);
  return milliseconds(Math.max(peersTime, Math.min(late, listening)));
};
