// What the controller and the healthcheck process say to each other.

import type { Milliseconds } from '../base/units.ts';
import type { CheckConfig } from '../config/model/check-model.ts';
import type { Endpoint } from '../net/endpoint.ts';

/**
 * One thing to probe: the endpoint is the one probed, whatever address the check itself names. Services that name the same
 * endpoint with the same check share one target.
 */
export type Target<Check extends CheckConfig = CheckConfig> = {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly check: Check;
};

/** Unknown until the first probe has ended. */
export type Health = 'unknown' | 'up' | 'down';

export type ToHealthcheck =
  /** All targets: what is not among them is probed no longer. */
  | { readonly type: 'configure'; readonly targets: readonly Target[] }
  /** What differs from the targets so far: a target that changes has another id. */
  | { readonly type: 'change'; readonly added: readonly Target[]; readonly removed: readonly string[] }
  | { readonly type: 'stop' };

/** An exception that no check has caught; its probe has failed, everything else goes on. */
export type Defect = {
  readonly type: 'defect';
  /** Whose probe it came from; absent where that is not known. */
  readonly target?: string;
  readonly text: string;
  readonly stack: string;
  /** How often since it was told last. */
  readonly times: number;
};

export type FromHealthcheck =
  | Defect
  | {
      /** Sent when the health or the weight of a target changes, and for every target after `configure`. */
      readonly type: 'verdict';
      readonly target: string;
      readonly health: Health;
      /** What decided: `3 failures in a row: connection refused`, `2 successes in a row`. */
      readonly reason: string;
      /** Duration of the deciding probe. */
      readonly latency: Milliseconds;
      /** The weight that a script or a file gives to the server; absent where none does. */
      readonly weight?: number;
    }
  | {
      /** Every probe's outcome in short, for status; at most one batch a second. */
      readonly type: 'probes';
      readonly results: readonly ProbeResult[];
      /** How late the latest of these probes began, after it was due. */
      readonly lateness: Milliseconds;
      /** The longest turn of the process's loop so far. */
      readonly longestTurn?: Milliseconds;
    }
  | {
      /** Something about a server that does not fail it, such as a certificate's expiry; told when it changes. */
      readonly type: 'warning';
      readonly target: string;
      /** Empty when there is none any more. */
      readonly text: string;
    }
  | {
      /** This host cannot make probes, for a reason that is new or gone; no verdict is touched by it. */
      readonly type: 'local-fault';
      readonly why: string;
      /** How many targets it keeps from being probed; 0 when it is over. */
      readonly targets: number;
    };

export type ProbeResult = {
  readonly target: string;
  readonly ok: boolean;
  readonly latency: Milliseconds;
  /** Why it failed, in words; absent when it did not. */
  readonly error?: string;
};
