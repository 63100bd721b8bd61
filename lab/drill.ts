// Runs steps one after another on a stage and records what was expected, seen and measured.

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../base/error.ts';
import type { Check } from './inspection.ts';
import { type Attempt, measureLongestOutage, measureOutage, tally } from './outage.ts';
import type { Prober } from './prober.ts';
import type { StepReport } from './report.ts';

/** The result of a step: its checks, and the time of the cause if the outage counts from one. */
export type Finding = { readonly checks: readonly Check[]; readonly cause?: number };

/** Judges a step by the requests that started during it. */
export type Judge = (requests: readonly Attempt[]) => Finding;

export type Step<Scene> = {
  readonly name: string;
  readonly expected: string;
  /** Performs the step, and returns how to judge it once all its requests have ended. */
  readonly act: (scene: Scene) => Promise<Judge>;
};

export type Narrator = {
  readonly onBegin: (name: string) => void;
  readonly onEnd: (report: StepReport) => void;
};

/**
 * Waits until a condition holds.
 * @param every and `limit` in milliseconds.
 * @returns whether it held before the limit.
 */
export const until = async (holds: () => boolean | Promise<boolean>, limit: number, every = 50): Promise<boolean> => {
  const deadline = performance.now() + limit;
  while (!(await holds())) {
    if (performance.now() >= deadline) return false;
    await sleep(every);
  }
  return true;
};

const describe = (error: unknown): string => messageOf(error).trim();

/**
 * Counts from the cause if there is one, else only the longest outage: two short ones a minute apart are not one of a minute.
 * @returns null for an outage without end: a report may be JSON, which has no infinity.
 */
const reportOutage = (requests: readonly Attempt[], cause?: number): number | null => {
  const outage = measureOutage(requests, cause);
  if (!Number.isFinite(outage)) return null;
  return cause === undefined ? measureLongestOutage(requests) : outage;
};

/** Runs one step. An exception becomes its finding: a step never ends the drill. */
export const runStep = async <Scene extends { readonly prober?: Prober }>(
  step: Step<Scene>,
  scene: Scene,
  narrator: Narrator,
): Promise<StepReport> => {
  narrator.onBegin(step.name);
  const { prober } = scene;
  const began = Date.now();
  let judge: Judge;
  try {
    judge = await step.act(scene);
  } catch (error) {
    judge = () => ({ checks: [{ held: false, text: describe(error) }] });
  }
  const ended = Date.now();
  const requests = prober === undefined ? [] : await prober.between(began, ended);
  const { checks, cause } = judge(requests);
  const report: StepReport = {
    name: step.name,
    expected: step.expected,
    seen: checks.map(({ held, text }) => (held ? text : `NOT ${text}`)).join('; '),
    held: checks.every(({ held }) => held),
    took: ended - began,
    ...(prober === undefined ? {} : { outage: reportOutage(requests, cause), requests: tally(requests) }),
  };
  narrator.onEnd(report);
  return report;
};
