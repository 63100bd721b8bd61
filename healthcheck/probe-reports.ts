// What the controller is told: verdicts and warnings at once, results and faults of probes in batches of a second.

import { type Clock, type Instant, later, type Milliseconds, milliseconds } from '../base/units.ts';
import { type FaultLedger, openFaultLedger } from './fault-ledger.ts';
import type { FromHealthcheck, ProbeResult, Target } from './messages.ts';
import { LocalFault } from './network-error.ts';
import type { Outcome } from './outcome.ts';
import type { Verdict } from './verdict.ts';
import type { Wheel } from './wheel.ts';

export type ProbeReports = {
  readonly sendVerdict: (target: Target, verdict: Verdict) => void;
  /** @param text undefined where a warning has ended. */
  readonly sendWarning: (target: Target, text: string | undefined) => void;
  readonly addResult: (target: Target, outcome: Outcome) => void;
  /** This host could not make a probe, and gave up after `latency`. */
  readonly addFault: (target: Target, fault: unknown, latency: Milliseconds) => void;
  /** How much later than due a probe has begun: the batch has the worst. */
  readonly noteLateness: (lateness: Milliseconds) => void;
  /** Forgets a target's fault. */
  readonly forgetFault: (target: Target) => void;
  /** All current faults, for a controller that knows none. */
  readonly sendFaults: () => void;
  readonly stop: () => void;
};

export type ProbeReportsPorts = {
  readonly clock: Clock;
  readonly wheel: Wheel;
  /** The longest turn of the loop so far. */
  readonly longestTurn: () => Milliseconds;
  readonly send: (message: FromHealthcheck) => void;
};

const batchEvery = milliseconds(1000);
const noSlack = milliseconds(0);

/** More digits would only lengthen messages. */
const toMicroseconds = (span: Milliseconds): Milliseconds => milliseconds(Math.round(span * 1000) / 1000);

export const createProbeReports = ({ clock, wheel, longestTurn, send }: ProbeReportsPorts): ProbeReports => {
  const faults: FaultLedger = openFaultLedger();
  let results: ProbeResult[] = [];
  let worstLateness = milliseconds(0);
  /** When the results that have come are sent. */
  let flushAt: Instant | undefined;

  const flush = (): void => {
    flushAt = undefined;
    send({ type: 'probes', results, lateness: toMicroseconds(worstLateness), longestTurn: longestTurn() });
    results = [];
    worstLateness = milliseconds(0);
    for (const change of faults.takeChanges()) send({ type: 'local-fault', ...change });
  };

  const record = ({ id }: Target, { ok, latency, error, certificateExpires }: Outcome): void => {
    results.push({
      target: id,
      ok,
      latency: toMicroseconds(latency),
      ...(error !== undefined && { error }),
      ...(certificateExpires !== undefined && { certificateExpires }),
    });
    if (flushAt !== undefined) return;
    flushAt = later(clock(), batchEvery);
    wheel.arm(flush, flushAt, noSlack);
  };

  return {
    sendVerdict: ({ id }, { health, reason, latency, weight }) =>
      send({
        type: 'verdict',
        target: id,
        health,
        reason,
        latency: toMicroseconds(latency),
        ...(weight !== undefined && { weight }),
      }),
    sendWarning: ({ id }, text = '') => send({ type: 'warning', target: id, text }),
    addResult: (target, outcome) => {
      faults.clear(target.id);
      record(target, outcome);
    },
    addFault: (target, fault, latency) => {
      const { message } = fault instanceof Error ? fault : new Error(String(fault));
      faults.note(target.id, fault instanceof LocalFault ? fault.why : message);
      record(target, { ok: false, latency, error: message });
    },
    noteLateness: (lateness) => {
      worstLateness = milliseconds(Math.max(worstLateness, lateness));
    },
    forgetFault: ({ id }) => faults.clear(id),
    sendFaults: () => {
      for (const fault of faults.takeAll()) send({ type: 'local-fault', ...fault });
    },
    stop: () => {
      if (flushAt !== undefined) wheel.disarm(flush, flushAt, noSlack);
      flushAt = undefined;
    },
  };
};
