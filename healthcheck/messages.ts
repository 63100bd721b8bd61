// Messages between the controller and the healthcheck process, and their decoders.

import type { Milliseconds } from '../base/units.ts';
import { decoderOf } from '../channel/shape.ts';
import type { CheckConfig } from '../config/model/check-model.ts';
import type { Endpoint } from '../net/endpoint.ts';

/** One endpoint to probe, whatever address the check itself names. Services with the same endpoint and check share one target. */
export type Target<Check extends CheckConfig = CheckConfig> = {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly check: Check;
};

/** Unknown until the first probe has ended. */
export type Health = 'unknown' | 'up' | 'down';

export type ToHealthcheck =
  /** All targets: any other is no longer probed. */
  | { readonly type: 'configure'; readonly targets: readonly Target[] }
  /** Differences from the current targets: a changed target has a new id. */
  | { readonly type: 'change'; readonly added: readonly Target[]; readonly removed: readonly string[] }
  | { readonly type: 'stop' };

/** An exception that no check has caught: its probe has failed, everything else goes on. */
export type Defect = {
  readonly type: 'defect';
  /** The target of the probe it came from; absent if unknown. */
  readonly target?: string;
  readonly text: string;
  readonly stack: string;
  /** Occurrences since the last report. */
  readonly times: number;
};

export type FromHealthcheck =
  | Defect
  | {
      /** Sent when the health or the weight of a target changes, and for every target after `configure`. */
      readonly type: 'verdict';
      readonly target: string;
      readonly health: Health;
      /** The deciding outcomes: `3 failures in a row: connection refused`, `2 successes in a row`. */
      readonly reason: string;
      /** Duration of the deciding probe. */
      readonly latency: Milliseconds;
      /** The server's weight from a script or a file; absent if the check gives none. */
      readonly weight?: number;
    }
  | {
      /** Every probe's outcome in short, for status; at most one batch a second. */
      readonly type: 'probes';
      readonly results: readonly ProbeResult[];
      /** How late the latest of these probes began. */
      readonly lateness: Milliseconds;
      /** The longest turn of the process's loop so far. */
      readonly longestTurn?: Milliseconds;
    }
  | {
      /** A warning about a server that does not fail it, such as a certificate's expiry; sent when it changes. */
      readonly type: 'warning';
      readonly target: string;
      /** Empty once there is none. */
      readonly text: string;
    }
  | {
      /** This host cannot make probes, for a reason that is new or gone; verdicts stay. */
      readonly type: 'local-fault';
      readonly why: string;
      /** Targets that cannot be probed for this reason; 0 once it is gone. */
      readonly targets: number;
    };

export type ProbeResult = {
  readonly target: string;
  readonly ok: boolean;
  readonly latency: Milliseconds;
  /** Why the probe failed; absent if it succeeded. */
  readonly error?: string;
  /** When the server's certificate expires, milliseconds of wall time since the epoch; absent without one. */
  readonly certificateExpires?: number;
};

const target = {
  id: 'text',
  endpoint: { address: 'text' },
  check: { type: 'text', interval: 'number', timeout: 'number', rise: 'number', fall: 'number' },
} as const;

export const decodeToHealthcheck = decoderOf<ToHealthcheck>({
  configure: { targets: [target] },
  change: { added: [target], removed: 'texts' },
  stop: {},
});

export const decodeFromHealthcheck = decoderOf<FromHealthcheck>({
  defect: { target: { optional: 'text' }, text: 'text', stack: 'text', times: 'number' },
  verdict: { target: 'text', health: 'text', reason: 'text', latency: 'number', weight: { optional: 'number' } },
  probes: {
    results: [{ target: 'text', ok: 'flag', latency: 'number', certificateExpires: { optional: 'number' } }],
    lateness: 'number',
    longestTurn: { optional: 'number' },
  },
  warning: { target: 'text', text: 'text' },
  'local-fault': { why: 'text', targets: 'number' },
});
