// Outcomes to a verdict: rise and fall are counted here, once, for every kind of check. Pure.

import type { CheckConfig } from '../config/model.ts';
import { type Milliseconds, milliseconds } from '../config/units.ts';
import type { Health } from './messages.ts';

/** What one probe found. */
export type Outcome = {
  readonly ok: boolean;
  readonly latency: Milliseconds;
  /** Why it failed, in words; absent when it did not. */
  readonly error?: string;
};

export type Verdict = {
  readonly health: Health;
  /** What decided, in words. */
  readonly reason: string;
  /** Duration of the deciding probe. */
  readonly latency: Milliseconds;
  /** Latest outcomes in a row that contradict `health`. */
  readonly contradictions: number;
};

export const unknownVerdict: Verdict = {
  health: 'unknown',
  reason: 'not probed yet',
  latency: milliseconds(0),
  contradictions: 0,
};

const because = (what: string, { error }: Outcome): string => (error === undefined ? what : `${what}: ${error}`);

const count = (n: number, ok: boolean): string => {
  if (n === 1) return ok ? '1 success' : '1 failure';
  return `${n} ${ok ? 'successes' : 'failures'} in a row`;
};

/**
 * Weighs one more outcome. The first probe decides at once, so that a director knows its servers one probe after its start;
 * then `fall` failures in a row make an up server down, and `rise` successes in a row a down server up.
 * @returns the same object when the outcome changes nothing.
 */
export const judge = (verdict: Verdict, outcome: Outcome, check: Pick<CheckConfig, 'rise' | 'fall'>): Verdict => {
  const { ok, latency } = outcome;
  const health = ok ? 'up' : 'down';
  if (verdict.health === 'unknown') {
    const reason = because(ok ? 'the first probe succeeded' : 'the first probe failed', outcome);
    return { health, reason, latency, contradictions: 0 };
  }
  if (verdict.health === health) return verdict.contradictions === 0 ? verdict : { ...verdict, contradictions: 0 };
  const contradictions = verdict.contradictions + 1;
  if (contradictions < (ok ? check.rise : check.fall)) return { ...verdict, contradictions };
  return { health, reason: because(count(contradictions, ok), outcome), latency, contradictions: 0 };
};
