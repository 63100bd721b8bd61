// The clocks of one machine: a monotonic one that drifts and stands still while the machine is paused, and wall time that may jump.

import type { Instant } from '../../base/units.ts';
import type { Time } from './time.ts';

export type MachineClock = {
  readonly now: () => Instant;
  /** When the monotonic clock will show that, in the world's time, unless the machine is paused before. */
  readonly worldTimeOf: (instant: number) => number;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  readonly stepWall: (by: number) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly isPaused: () => boolean;
};

const epoch = 1_800_000_000_000;

export const createMachineClock = (time: Time, rate: number, begin: number): MachineClock => {
  let anchor = { world: time.now(), own: begin };
  let stoppedAt: number | undefined;
  let wallOffset = epoch;
  const own = (): number => stoppedAt ?? anchor.own + (time.now() - anchor.world) * rate;
  return {
    now: () => own() as Instant,
    worldTimeOf: (instant) => anchor.world + (instant - anchor.own) / rate,
    wall: () => time.now() + wallOffset,
    stepWall: (by) => {
      wallOffset += by;
    },
    pause: () => {
      stoppedAt = own();
    },
    resume: () => {
      anchor = { world: time.now(), own: own() };
      stoppedAt = undefined;
    },
    isPaused: () => stoppedAt !== undefined,
  };
};
