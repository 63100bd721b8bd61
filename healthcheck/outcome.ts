// The outcome of a probe, and the type of a check's probe.

import type { Milliseconds } from '../base/units.ts';
import type { CheckConfig } from '../config/model/check-model.ts';
import type { Target } from './messages.ts';

export type Outcome = {
  readonly ok: boolean;
  readonly latency: Milliseconds;
  /** Why the probe failed; absent if it succeeded. */
  readonly error?: string;
  /** A warning that does not fail the probe: `certificate expires in 9 days`. */
  readonly warning?: string;
  /** When the server's certificate expires, by its word; milliseconds of wall time since the epoch. */
  readonly certificateExpires?: number;
  /** The server's weight, if the check finds one. */
  readonly weight?: number;
};

/**
 * Probes once.
 * @param timeout limit of the whole probe.
 * @returns the outcome; a server that does not answer is a failed outcome, never an exception.
 * @throws LocalFault (by rejection) if this host could not make the probe.
 */
export type Probe<Check extends CheckConfig = CheckConfig> = (
  target: Target<Check>,
  timeout: Milliseconds,
) => Promise<Outcome>;
