// A director as the rules see it.

import type { Director } from './director.ts';
import type { Machine } from './machine.ts';

export type Seen = {
  readonly machine: Machine;
  readonly isAlive: () => boolean;
  /** Nothing keeps it from being master. */
  readonly isHealthy: () => boolean;
  /** What it advertises as a master. */
  readonly priority: () => number;
  /** The same; undefined while it does not preempt. */
  readonly rank: () => number | undefined;
  /** The same, unless it is a peer like keepalived. */
  readonly regent: Director | undefined;
  /** It need not wait for certainty that a silent master is dead. */
  readonly maySucceed: () => boolean;
};
