// The longest turn of this process's loop: how long anything had to wait for its own.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Milliseconds, milliseconds } from './units.ts';

/** A timer of the loop in C++, so often in milliseconds; a turn is seen with this error. */
const resolution = 20;

/** Watches from now on. @returns the longest turn so far, beyond the time between two looks */
export const watchTurns = (): (() => Milliseconds) => {
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  return () => milliseconds(Math.max(0, delay.max / 1e6 - resolution));
};
