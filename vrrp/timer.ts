// Timers that are accurate to a fraction of a millisecond where that is wanted, and say how late they were called.

import { milliseconds, monotonic } from '../base/units.ts';
import type { Ports } from './ports.ts';

/** Node's timers count whole milliseconds: the last ones before an urgent instant are waited out turn by turn. */
const lastTurns = 3;

export const startTimer: Ports['at'] = (instant, callback, isUrgent) => {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let stood = 0;
  const margin = isUrgent ? lastTurns : 0;
  const sleep = (now: number): void => {
    const left = instant - now;
    const wanted = left <= margin ? now : instant - margin;
    const wake = (): void => {
      const woken = monotonic();
      stood = Math.max(stood, woken - wanted);
      if (woken >= instant) callback(milliseconds(stood));
      else sleep(woken);
    };
    if (left <= margin) turn = setImmediate(wake);
    // Node cuts fractions off, and would wake once too early for most instants.
    else timer = setTimeout(wake, isUrgent ? left - margin : Math.ceil(left));
  };
  // Even an instant in the past waits for a turn: the caller is not done yet.
  sleep(monotonic());
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
};
