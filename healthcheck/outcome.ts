// What one probe found, and what a kind of check has to be.

import type { Milliseconds } from '../base/units.ts';
import type { CheckConfig } from '../config/model/check-model.ts';
import type { Target } from './messages.ts';

export type Outcome = {
  readonly ok: boolean;
  readonly latency: Milliseconds;
  /** Why it failed, in words; absent when it did not. */
  readonly error?: string;
  /** What is worth a word though it fails nobody: `certificate expires in 9 days`. */
  readonly warning?: string;
  /** The server's weight, where the check finds one. */
  readonly weight?: number;
};

/**
 * Probes once.
 * @param timeout how long the whole probe may take.
 * @returns the outcome; a server that does not answer is a failed outcome, never an exception.
 * @throws LocalFault (by rejection) when this host could not make the probe.
 */
export type Probe<Check extends CheckConfig = CheckConfig> = (
  target: Target<Check>,
  timeout: Milliseconds,
) => Promise<Outcome>;
