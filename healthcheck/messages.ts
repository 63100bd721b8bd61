// What the controller and the healthcheck process say to each other.

import type { CheckConfig, Endpoint } from '../config/model.ts';
import type { Milliseconds } from '../config/units.ts';

/** One thing to probe. Services that name the same endpoint with the same check share one target. */
export type Target = { readonly id: string; readonly endpoint: Endpoint; readonly check: CheckConfig };

/** Unknown until the first probe has ended. */
export type Health = 'unknown' | 'up' | 'down';

export type ToHealthcheck =
  | { readonly type: 'configure'; readonly targets: readonly Target[] }
  | { readonly type: 'stop' };

export type FromHealthcheck =
  | {
      /** Sent when the health of a target changes, and for every target after `configure`. */
      readonly type: 'verdict';
      readonly target: string;
      readonly health: Health;
      /** What decided: `3 failures in a row: connection refused`, `2 successes in a row`. */
      readonly reason: string;
      /** Duration of the deciding probe. */
      readonly latency: Milliseconds;
    }
  | {
      /** Every probe's outcome in short, for status; at most one batch a second. */
      readonly type: 'probes';
      readonly results: readonly ProbeResult[];
    };

export type ProbeResult = {
  readonly target: string;
  readonly ok: boolean;
  readonly latency: Milliseconds;
  /** Why it failed, in words; absent when it did not. */
  readonly error?: string;
};
