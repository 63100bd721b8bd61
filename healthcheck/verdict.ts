// From outcomes to a verdict, for every kind of check: rise, fall, and flap damping. Pure.

import { tally } from '../base/rise-and-fall.ts';
import { elapsed, formatDuration, type Instant, type Milliseconds, milliseconds } from '../base/units.ts';
import type { CheckTiming } from '../config/model/check-model.ts';
import type { Health } from './messages.ts';
import type { Outcome } from './outcome.ts';

export type Verdict = {
  readonly health: Health;
  /** The deciding outcomes. */
  readonly reason: string;
  /** Duration of the deciding probe. */
  readonly latency: Milliseconds;
  /** Latest consecutive outcomes that contradict `health`. */
  readonly contradictions: number;
  /** The weight of the latest outcome that gave one. */
  readonly weight?: number;
  /** When the server went down, latest last; bounded by flap damping's count. */
  readonly falls: readonly Instant[];
  /** The latest failure; kept only with flap damping. */
  readonly failedAt?: Instant;
};

export type Counting = Pick<CheckTiming, 'rise' | 'fall' | 'flapDamping'>;

export const unknownVerdict: Verdict = {
  health: 'unknown',
  reason: 'not probed yet',
  latency: milliseconds(0),
  contradictions: 0,
  falls: [],
};

const because = (what: string, { error }: Outcome): string => (error === undefined ? what : `${what}: ${error}`);

const count = (n: number, ok: boolean): string => {
  if (n === 1) return ok ? '1 success' : '1 failure';
  return `${n} ${ok ? 'successes' : 'failures'} in a row`;
};

/** Whether the server went down too often recently, and failed too recently, to be trusted yet. */
const isHeld = ({ falls, failedAt }: Verdict, { flapDamping }: Counting, now: Instant): boolean => {
  if (flapDamping === undefined || failedAt === undefined || falls.length < flapDamping.falls) return false;
  const [first, last] = [falls.at(-flapDamping.falls), falls.at(-1)];
  if (first === undefined || last === undefined || elapsed(first, last) > flapDamping.within) return false;
  return elapsed(failedAt, now) < flapDamping.hold;
};

const explainHold = ({ flapDamping }: Counting): string =>
  flapDamping === undefined
    ? ''
    : `; it went down ${flapDamping.falls} times within ${formatDuration(flapDamping.within)}, so it is held down until it has not failed for ${formatDuration(flapDamping.hold)}`;

const decide = (verdict: Verdict, outcome: Outcome, rules: Counting, now: Instant): Verdict => {
  const { ok, latency } = outcome;
  const health = ok ? 'up' : 'down';
  if (verdict.health === 'unknown') {
    const reason = because(ok ? 'the first probe succeeded' : 'the first probe failed', outcome);
    return { ...verdict, health, reason, latency, contradictions: 0 };
  }
  const before = { state: verdict.health, contradictions: verdict.contradictions };
  const after = tally(before, ok, rules);
  if (after === before) return verdict;
  const contradictions = verdict.contradictions + 1;
  if (after.state === verdict.health) return { ...verdict, contradictions: after.contradictions };
  if (ok && isHeld(verdict, rules, now)) return { ...verdict, contradictions };
  const changed = { ...verdict, health, reason: because(count(contradictions, ok), outcome), latency } as const;
  if (ok || rules.flapDamping === undefined) return { ...changed, contradictions: 0 };
  const fallen = { ...changed, contradictions: 0, falls: [...verdict.falls, now].slice(-rules.flapDamping.falls) };
  return isHeld(fallen, rules, now) ? { ...fallen, reason: `${fallen.reason}${explainHold(rules)}` } : fallen;
};

const noteFailure = (verdict: Verdict, { ok }: Outcome, { flapDamping }: Counting, now: Instant): Verdict =>
  ok || flapDamping === undefined ? verdict : { ...verdict, failedAt: now };

const noteWeight = (verdict: Verdict, { weight }: Outcome): Verdict =>
  weight === undefined || weight === verdict.weight ? verdict : { ...verdict, weight };

/**
 * Adds one outcome. The first probe decides at once, so that a director knows its servers one probe after its start; then `fall`
 * failures in a row make an up server down, and `rise` successes in a row a down server up, unless it flaps.
 * @returns the same object if the outcome changes nothing.
 */
export const judge = (verdict: Verdict, outcome: Outcome, rules: Counting, now: Instant): Verdict =>
  noteWeight(decide(noteFailure(verdict, outcome, rules, now), outcome, rules, now), outcome);

/** Whether the latest outcomes contradict the verdict, so that it may change soon. */
export const isChanging = ({ contradictions }: Verdict): boolean => contradictions > 0;
