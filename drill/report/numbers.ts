// The numbers at the head of a report, and its tables. Pure.

import type { Outcome } from '../client/batch.ts';
import { heldTime, reachableHoldings } from '../recording/holders.ts';
import { latenciesOf, type Outage, tally } from '../recording/measures.ts';
import { outageOfRun, outageOfStep } from '../recording/outages.ts';
import type { CheckedBound, Recording, Run } from '../recording/recording.ts';
import { sumBySubject } from '../recording/subjects.ts';
import { writeSpan } from '../run/summary.ts';

export type Headline = {
  readonly held: boolean;
  /** `held`, or how many runs did not. */
  readonly verdict: string;
  /** The longest outage of all runs; null without an end, undefined if no run began. */
  readonly outage: number | null | undefined;
  /** Of the expectation with the longest outage; null where the drill expects none. */
  readonly limit: number | null;
};

const outageChecks = ({ steps }: Run): readonly CheckedBound[] =>
  steps.slice(1).flatMap(({ checks }) => checks.filter(({ what }) => what === 'outage'));

export const limitOfRuns = (runs: readonly Run[]): number | null => {
  const checks = runs.flatMap(outageChecks);
  // The limit that belongs to the longest outage: other steps have other limits.
  const longest = checks.toSorted((one, other) => (other.measured ?? Infinity) - (one.measured ?? Infinity))[0];
  return longest?.limit ?? null;
};

export const headlineOf = ({ runs }: Pick<Recording, 'runs'>): Headline => {
  const outages = runs.map(outageOfRun).filter((one) => one !== undefined);
  const broken = runs.filter(({ verdict }) => verdict !== 'held');
  return {
    held: runs.length > 0 && broken.length === 0,
    verdict:
      runs.length === 0
        ? 'no run'
        : broken.length === 0
          ? 'held'
          : runs.length === 1
            ? (runs[0]?.verdict ?? '')
            : `${broken.length} of ${runs.length} runs did not hold`,
    outage: outages.includes(null)
      ? null
      : outages.length === 0
        ? undefined
        : Math.max(...outages.map((one) => one ?? 0)),
    limit: limitOfRuns(runs),
  };
};

export type Row = readonly string[];

const spanRow = (name: string, requests: readonly Outcome[]): Row => {
  const { made, failed } = tally(requests);
  const latencies = latenciesOf(requests);
  const { p50, p90, p99, p999, max } = latencies ?? {};
  return [name, String(made), String(failed), ...[p50, p90, p99, p999, max].map(writeSpan)];
};

export const latencyHeadings = ['', 'requests', 'failed', 'p50', 'p90', 'p99', 'p99.9', 'max'];

/** Spans in which a fault was there: none for a fault that is over when it is done. */
const faultSpans = ({ events, took }: Run): readonly { begin: number; end: number }[] =>
  events.flatMap((event) => {
    if (event.type !== 'fault') return [];
    const undone = events.find((other) => other.type === 'undo' && other.id === event.id);
    return [{ begin: event.time, end: undone?.time ?? took }];
  });

/** The longest outage after the steady state. */
const worstOutage = (run: Run): Outage | undefined =>
  run.steps
    .slice(1)
    .flatMap((step) => outageOfStep(run, step) ?? [])
    .toSorted((one, other) => other.end - other.begin - (one.end - one.begin))[0];

/** Requests and latencies before the first fault, while there was one, at other times after it, and in the longest outage. */
export const latencyRows = (run: Run): readonly Row[] => {
  const { requests } = run;
  const spans = faultSpans(run);
  const first = Math.min(...spans.map(({ begin }) => begin));
  const outage = worstOutage(run);
  const isDuring = ([start]: Outcome): boolean => spans.some(({ begin, end }) => start >= begin && start < end);
  const row = (name: string, isIn: (outcome: Outcome) => boolean): readonly Row[] => {
    const found = requests.filter(isIn);
    return found.length === 0 ? [] : [spanRow(name, found)];
  };
  return [
    ...row('before', ([start]) => start < first),
    ...row('during faults', isDuring),
    ...row('in the outage', ([start]) => outage !== undefined && start >= outage.begin && start < outage.end),
    ...row('after', (outcome) => outcome[0] >= first && !isDuring(outcome)),
    spanRow('all', requests),
  ];
};

export const holderRows = (run: Run): readonly Row[] => {
  const holdings = reachableHoldings(run.events, run.addresses, run.took);
  const [begin, end] = [run.steps[0]?.began ?? 0, run.steps.at(-1)?.ended ?? run.took];
  return run.addresses.map((address) => {
    const { none, several } = heldTime(holdings, address, begin, end);
    return [address, writeSpan(none), writeSpan(several)];
  });
};

export const failureRows = (run: Run): readonly Row[] =>
  Object.entries(tally(run.requests).errors).map(([reason, count]) => [reason, String(count)]);

export const connectionRows = (run: Run): readonly Row[] =>
  (['keep-alive', 'download'] as const).flatMap((kind): Row[] => {
    const own = run.connections.filter((one) => one.kind === kind);
    if (own.length === 0) return [];
    const lost = own.filter(({ ended }) => ended !== null);
    const reasons = [...new Set(lost.map(({ why }) => why ?? 'unknown'))].join(', ');
    return [[kind, String(own.length - lost.length), String(lost.length), reasons || '–']];
  });

export const sumHeadings = ['', 'runs held', 'least outage', 'median', 'most', 'failed', 'connections go on'];

/** A row for each program that was drilled. */
export const sumRows = (runs: readonly Run[]): readonly Row[] =>
  sumBySubject(runs).map(({ subject, runs: own, held, outage, made, failed, opened, kept }) => [
    subject,
    `${held} of ${own.length}`,
    ...[outage?.least, outage?.median, outage?.most].map(writeSpan),
    `${failed} of ${made}`,
    `${kept} of ${opened}`,
  ]);

export const runRows = (runs: readonly Run[]): readonly Row[] =>
  runs.map((run) => {
    const { made, failed } = tally(run.requests);
    return [
      `${run.subject} ${run.number}`,
      run.verdict,
      writeSpan(outageOfRun(run)),
      String(made),
      String(failed),
      run.reason ?? '',
    ];
  });
