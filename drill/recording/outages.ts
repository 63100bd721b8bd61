// The outages of a recorded run: each by the step in which it began. Pure.

import { during, longestOutage, type Outage } from './measures.ts';
import type { Run, StepRecord } from './recording.ts';

/** The longest outage of a step, also where it ended only in a later one. */
export const outageOfStep = (
  { requests }: Pick<Run, 'requests'>,
  { began, ended }: Pick<StepRecord, 'began' | 'ended'>,
): Outage | undefined => {
  const within = longestOutage(during(requests, began, ended), began);
  if (within === undefined || Number.isFinite(within.end)) return within;
  return longestOutage(during(requests, began, Number.POSITIVE_INFINITY), began);
};

/** The longest outage after the steady state, in milliseconds; null without an end, undefined for a run that did not begin. */
export const outageOfRun = (run: Pick<Run, 'steps' | 'requests'>): number | null | undefined => {
  if (run.steps.length < 2) return undefined;
  const outages = run.steps.slice(1).map((step) => {
    const outage = outageOfStep(run, step);
    return outage === undefined ? 0 : outage.end - outage.begin;
  });
  const longest = Math.max(0, ...outages);
  return Number.isFinite(longest) ? longest : null;
};
