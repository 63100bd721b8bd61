// When a target is probed: on its own grid, shifted by a hash of its id, so that many targets spread over the interval. Pure.

import { fnv1a } from '../base/hash.ts';
import type { Instant, Milliseconds } from '../base/units.ts';

/** FNV-1a with the last mixing steps of MurmurHash3, because ids that differ only in the last character must spread too. */
const hash = (text: string): number => {
  let value = fnv1a(text);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
};

/** Shift of a target's grid: from 0 to below `interval`; the same after every restart. */
export const phaseOf = (id: string, interval: Milliseconds): Milliseconds =>
  ((hash(id) / 2 ** 32) * interval) as Milliseconds;

/**
 * The due time of the probe after the one begun at `startedAt`: the first grid point at least half an interval later. Half,
 * because a timer may fire a little before its point, which must not be hit twice, and the first probe lies on no point. A late
 * probe does not shift the later ones. The result may be in the past: then the probe begins at once.
 */
export const nextProbe = (phase: Milliseconds, interval: Milliseconds, startedAt: Instant): Instant =>
  (phase + Math.ceil((startedAt + interval / 2 - phase) / interval) * interval) as Instant;
