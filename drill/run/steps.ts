// Steps one after another: each is done, judged by what was seen meanwhile, and recorded.

import { messageOf } from '../../base/error.ts';
import { milliseconds } from '../../base/units.ts';
import { within } from '../../base/within.ts';
import { outageOfStep } from '../recording/outages.ts';
import type { StepRecord, Takeover } from '../recording/recording.ts';
import type { Expectation } from '../scenario/keys.ts';
import { Aborted } from './abort.ts';
import { checkStep } from './check.ts';
import type { Narrator } from './narrator.ts';
import type { Observation } from './observation.ts';
import { takeoverOf } from './takeover.ts';
import type { Target } from './target.ts';

export type Steps = {
  readonly records: () => readonly StepRecord[];
  /**
   * Does a step.
   * @param act resolves once its time is over; it tells the moment of its fault if it makes one.
   * @throws Aborted, recorded as any other error is.
   */
  readonly perform: (
    name: string,
    expectation: Expectation,
    act: (tellFault: (moment: number) => void) => Promise<void>,
  ) => Promise<StepRecord>;
  /** Takes the last record back. */
  readonly forget: () => void;
};

/** How long a step waits at its end until its requests have ended, in milliseconds. */
const settleLimit = milliseconds(15_000);

/** @param total steps after the steady state. */
export const startSteps = ({ client, evidence }: Observation, narrator: Narrator, total: number): Steps => {
  const records: StepRecord[] = [];
  return {
    records: () => records,
    forget: () => void records.pop(),
    perform: async (name, expectation, act) => {
      narrator.onStep(records.length, total, name);
      let began = Date.now();
      let caught: unknown;
      try {
        await act((moment) => {
          began = moment;
        });
      } catch (error) {
        caught = error;
      }
      const error = caught === undefined ? undefined : messageOf(caught).trim();
      const ended = Date.now();
      // An abort undoes everything at once.
      if (!(caught instanceof Aborted)) await within(settleLimit, client.settle(ended));
      const checks = checkStep(expectation, evidence(), began, ended);
      narrator.onChecks(checks, error);
      const held = error === undefined && checks.every((check) => check.held);
      const record = { name, began, ended, held, checks, ...(error !== undefined && { error }) };
      records.push(record);
      if (caught instanceof Aborted) throw caught;
      return record;
    },
  };
};

/** The first takeover of each step. */
export const takeoversIn = (
  records: readonly StepRecord[],
  { events, client }: Observation,
  { directors, addresses, masterDowns, terms }: Target,
): readonly Takeover[] => {
  const all = events();
  return records.flatMap(({ began, ended }) => {
    const outage = outageOfStep({ requests: client.requests() }, { began, ended });
    const firstAnswer = outage === undefined || !Number.isFinite(outage.end) ? undefined : outage.end;
    const question = { directors, fault: began, until: ended, address: addresses[0] ?? '', masterDowns };
    return takeoverOf(all, { ...question, interval: terms.interval, firstAnswer }) ?? [];
  });
};
