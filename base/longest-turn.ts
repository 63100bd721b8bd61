// The longest turn of this process's event loop: how long other work had to wait. A turn is measured from the first reading of its
// clock, since a timer that samples the loop fifty times a second costs an idle director more than all its other work.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Clock, elapsed, type Instant, type Milliseconds, milliseconds, monotonic } from './units.ts';

export type TurnWatch = {
  /** The clock of the process; its first reading in a turn begins to measure the turn. */
  readonly clock: Clock;
  /** Begins to measure this turn: for work that comes before its first reading of the clock. */
  readonly begin: () => void;
  /** The longest turn so far. */
  readonly longest: () => Milliseconds;
};

export type TurnWatchPorts = {
  readonly clock: Clock;
  /** Calls back at the end of this turn of the loop. */
  readonly atEnd: (action: () => void) => void;
  /** The longest turn that was seen otherwise. */
  readonly longestSampled: () => Milliseconds;
};

/** Interval of the timer in C++ that samples turns without a reading of the clock, in milliseconds; also its error. */
const resolution = 250;

const sampleTurns = (): (() => Milliseconds) => {
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  return () => milliseconds(Math.max(0, delay.max / 1e6 - resolution));
};

export const watchTurns = (ports?: TurnWatchPorts): TurnWatch => {
  const { clock, atEnd, longestSampled } = ports ?? {
    clock: monotonic,
    atEnd: setImmediate,
    longestSampled: sampleTurns(),
  };
  let longest = milliseconds(0);
  let begunAt: Instant | undefined;
  const end = (): void => {
    if (begunAt !== undefined) longest = milliseconds(Math.max(longest, elapsed(begunAt, clock())));
    begunAt = undefined;
  };
  const read = (): Instant => {
    const now = clock();
    if (begunAt === undefined) {
      begunAt = now;
      atEnd(end);
    }
    return now;
  };
  return {
    clock: read,
    begin: () => {
      if (begunAt === undefined) read();
    },
    longest: () => milliseconds(Math.max(longest, longestSampled())),
  };
};
