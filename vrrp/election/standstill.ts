// What a host makes of having stood still: as long as it did not run, its routers have heard nobody, and on a machine that stood
// still as a whole (a hypervisor, a processor quota) nobody else has run either. Who is alive gets a moment to say so. Pure.

import { elapsed, type Instant, type Milliseconds, milliseconds } from '../../base/units.ts';
import { hasOverslept, type RouterState, type Self, skewTime } from './election.ts';

/**
 * A process that goes on this much later than it wanted to has stood still; less is the grain of its timers, or too short beside
 * the interval to have kept a packet from being heard.
 */
const noticedFrom = (interval: Milliseconds): number => Math.min(20, Math.max(1.5, interval / 20));
/** What waits on the sockets is read within this. */
const packetsTime = 1;
/** A master that stood still with this host speaks within this, once both go on. */
const peersTime = 20;

/**
 * How long a router that is due bears with others before it takes over, or rules on.
 * @param stood how much later than asked for this process was called.
 * @returns 0 for not at all.
 */
export const pauseOf = (self: Self, state: RouterState, now: Instant, stood: Milliseconds): Milliseconds => {
  if (state.name === 'master') {
    return milliseconds(hasOverslept(self, state.lastSent, now) ? packetsTime : 0);
  }
  if (state.name !== 'backup') return milliseconds(0);
  const late = Math.max(stood, elapsed(state.deadline, now));
  if (late < noticedFrom(state.masterInterval)) return milliseconds(0);
  // A pause that is short beside the interval has not kept a living master from being heard in time.
  if (late < state.masterInterval / 10) return milliseconds(packetsTime);
  const listening = state.masterInterval + skewTime(self, state.masterInterval);
  return milliseconds(Math.max(peersTime, Math.min(late, listening)));
};
