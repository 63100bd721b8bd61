// The bounds that docs/guarantees.md states, in milliseconds, for the setting of a scenario.

import { milliseconds } from '../../base/units.ts';
import { leaseOf } from '../../vrrp/holdings/desired.ts';
import type { Setting } from './scenario.ts';
import { bfdInterval } from './settings.ts';

const downAfter = 3;
const bfdMultiplier = 3;
/** For packets, timers and turns. */
const slack = 150;

export type Bounds = {
  /** Without a holder, after the last fault. */
  readonly gap: number;
  /** The same where a director was stopped: it gives its peers time first. */
  readonly gapAfterStop: number;
  /** Without a holder, after a farewell. */
  readonly succession: number;
  /** Without a holder, after the loss of its machine where BFD detects it. */
  readonly detection: number;
  /** Without an advertisement, after which a master cannot know that it still is. */
  readonly patience: number;
  /** Without its mastership, after the link of a master was away for less than an interval. */
  readonly flap: number;
  /** With two holders whose processes run, after the last fault. */
  readonly overlap: number;
  /** With two holders that are both leaving: each waits for a successor. */
  readonly leaving: number;
  /** With two holders where one's processes are dead or stopped: its lease ends. */
  readonly leaseOverlap: number;
  /** The same where there were two masters before, which a cut had parted. */
  readonly lease: number;
  /** From the last fault until all is settled. */
  readonly settling: number;
};

export const boundsOf = ({ interval, version, lease, preemptDelay }: Setting): Bounds => {
  const skew = version === 2 ? 1000 : interval;
  const gap = downAfter * interval + skew + slack;
  const granted = leaseOf({ lease, priority: 100, advertisementInterval: milliseconds(interval), downAfter });
  const left = granted === undefined ? Number.POSITIVE_INFINITY : (granted + 1) * 1000;
  const gapAfterStop = gap + interval + skew;
  return {
    gap,
    gapAfterStop,
    patience: 0.998 * downAfter * interval,
    succession: skew + slack,
    detection: (bfdMultiplier + 1) * bfdInterval({ interval }) + slack,
    flap: slack,
    overlap: interval + slack,
    leaving: interval + skew + slack,
    lease: left + slack,
    leaseOverlap: Math.max(interval, left - downAfter * interval) + slack,
    settling: 3 * gapAfterStop + 5000 + preemptDelay,
  };
};
