// Several runs in sum, for each program that was drilled. Pure.

import { tally } from './measures.ts';
import { outageOfRun } from './outages.ts';
import type { Run } from './recording.ts';

export type SubjectSum = {
  readonly subject: string;
  readonly runs: readonly Run[];
  readonly held: number;
  /** Of the runs that began, in milliseconds; null without an end. Undefined if none began. */
  readonly outage?: { readonly least: number | null; readonly median: number | null; readonly most: number | null };
  readonly made: number;
  readonly failed: number;
  /** Connections that were opened, and those of them that go on at the end of their run. */
  readonly opened: number;
  readonly kept: number;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const outageOf = (runs: readonly Run[]): SubjectSum['outage'] => {
  const sorted = runs
    .flatMap((run) => {
      const outage = outageOfRun(run);
      return outage === undefined ? [] : [outage ?? Number.POSITIVE_INFINITY];
    })
    .sort((one, other) => (one === other ? 0 : one - other));
  const [least, middle, most] = [sorted[0], sorted[Math.ceil(sorted.length / 2) - 1], sorted.at(-1)];
  if (least === undefined || middle === undefined || most === undefined) return undefined;
  return { least: finite(least), median: finite(middle), most: finite(most) };
};

/** In the order of their first runs. */
export const sumBySubject = (runs: readonly Run[]): readonly SubjectSum[] =>
  [...new Set(runs.map(({ subject }) => subject))].map((subject) => {
    const own = runs.filter((run) => run.subject === subject);
    const outage = outageOf(own);
    const tallies = own.map(({ requests }) => tally(requests));
    const opened = own.flatMap(({ connections }) => connections.filter((one) => one.opened !== null));
    return {
      subject,
      runs: own,
      held: own.filter(({ verdict }) => verdict === 'held').length,
      ...(outage !== undefined && { outage }),
      made: sum(tallies.map(({ made }) => made)),
      failed: sum(tallies.map(({ failed }) => failed)),
      opened: opened.length,
      kept: opened.filter(({ ended }) => ended === null).length,
    };
  });
