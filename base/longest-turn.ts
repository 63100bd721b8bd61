// The longest turn of this process's event loop: how long other work had to wait.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Milliseconds, milliseconds } from './units.ts';

/** Interval of the loop's sampling timer (in C++) in milliseconds; also the measuring error. */
const resolution = 20;

/** Starts to measure. @returns a reader of the longest turn so far, less the sampling interval */
export const watchTurns = (): (() => Milliseconds) => {
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  return () => milliseconds(Math.max(0, delay.max / 1e6 - resolution));
};
