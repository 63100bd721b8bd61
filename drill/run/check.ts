// Checks what was expected of a step against what was measured. Pure.

import type { Outcome } from '../client/batch.ts';
import { heldTime, holdersAt, reachableHoldings } from '../recording/holders.ts';
import { during, isGood, latenciesOf, longestOutage, outageOf, tally } from '../recording/measures.ts';
import type { CheckedBound, Connection, Event } from '../recording/recording.ts';
import { type Bound, limitOf, satisfies, type Terms, writeValue } from '../scenario/bound.ts';
import type { Expectation } from '../scenario/keys.ts';

export type Evidence = {
  readonly requests: readonly Outcome[];
  readonly connections: readonly Connection[];
  readonly events: readonly Event[];
  readonly addresses: readonly string[];
  readonly terms: Terms;
};

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const checkBound = (what: string, bound: Bound, measured: number, known: Terms, words = ''): CheckedBound => {
  const limit = limitOf(bound, known);
  return {
    what,
    expected: bound.text,
    limit: finite(limit),
    measured: finite(measured),
    unit: bound.unit,
    text: `${what} ${writeValue(measured, bound.unit)}${words} (${bound.relation} ${writeValue(limit, bound.unit)})`,
    held: satisfies(measured, bound, known),
  };
};

/** Connections that were open at the start of a span. */
const openAt = (connections: readonly Connection[], moment: number): readonly Connection[] =>
  connections.filter(({ opened, ended }) => opened !== null && opened <= moment && (ended === null || ended > moment));

const checkEstablished = (expected: 'kept' | 'lost', open: readonly Connection[], since: number): CheckedBound => {
  const lost = open.filter(({ ended }) => ended !== null);
  const silent = open.filter(({ ended, heard }) => ended === null && (heard ?? 0) <= since);
  const going = open.length - lost.length - silent.length;
  const reasons = [...new Set(lost.map(({ why }) => why ?? 'unknown'))].join(', ');
  const words = [
    `${going} of ${open.length} connections go on`,
    ...(lost.length > 0 ? [`${lost.length} ended by ${reasons}`] : []),
    ...(silent.length > 0 ? [`${silent.length} silent`] : []),
  ];
  const held = open.length > 0 && (expected === 'kept' ? going === open.length : silent.length === 0);
  return {
    what: 'established',
    expected,
    limit: open.length,
    measured: going,
    unit: 'word',
    text: words.join(', '),
    held,
  };
};

/** What is compared as a whole, without a number. */
const checkWords = (
  what: string,
  expected: readonly string[],
  found: readonly string[],
  text: string,
): CheckedBound => {
  const [want, have] = [expected, found].map((words) => [...words].sort().join(' and '));
  return {
    what,
    expected: want ?? '',
    limit: null,
    measured: null,
    unit: 'word',
    text: `${text} ${have === '' ? 'none' : have} (= ${want})`,
    held: want === have,
  };
};

/** How long before the end of a step its servers are looked at, in milliseconds. */
const lastLook = 1000;

/** @param begin of the step, the moment of its fault. @param end of the step. */
export const checkStep = (
  expectation: Expectation,
  evidence: Evidence,
  begin: number,
  end: number,
): readonly CheckedBound[] => {
  const { addresses, connections, events, terms } = evidence;
  const requests = during(evidence.requests, begin, end);
  const { made, failed } = tally(requests);
  const latencies = latenciesOf(requests);
  const holdings = reachableHoldings(events, addresses, end);
  const times = addresses.map((address) => heldTime(holdings, address, begin, end));
  const bounded = (
    what: string,
    bound: Bound | undefined,
    measured: () => number,
    words?: string,
  ): readonly CheckedBound[] => (bound === undefined ? [] : [checkBound(what, bound, measured(), terms, words)]);
  const percentile = (name: 'p50' | 'p90' | 'p99' | 'max') =>
    bounded(name, expectation[name], () => latencies?.[name] ?? Number.POSITIVE_INFINITY);
  const { outage, failed: mayFail, holders, holder, servers, unheld, doubled, established } = expectation;
  // A client without requests has shown nothing.
  const nothing = made === 0 ? Number.POSITIVE_INFINITY : undefined;
  const isShare = mayFail?.unit === 'percent';
  const restored = longestOutage(requests, begin)?.end ?? begin;
  const counts = addresses.map((address) => holdersAt(holdings, address, end).length);
  // The address that is furthest from what is expected.
  const worst = counts.find((count) => holders !== undefined && !satisfies(count, holders, terms)) ?? counts[0] ?? 0;
  const holding = [...new Set(addresses.flatMap((address) => holdersAt(holdings, address, end)))];
  const isHeldByAll = counts.every((count) => count === 1);
  const late = Math.max(begin, end - lastLook);
  const answering = Object.keys(tally(requests.filter(([start]) => start >= late)).answered);
  return [
    ...bounded('outage', outage, () => nothing ?? outageOf(requests, begin)),
    ...bounded('failed', mayFail, () => nothing ?? (isShare ? (100 * failed) / made : failed), ` of ${made} requests`),
    ...(['p50', 'p90', 'p99', 'max'] as const).flatMap(percentile),
    ...bounded('holders', holders, () => worst),
    ...(holder === undefined
      ? []
      : [checkWords('holder', [holder], isHeldByAll ? holding : [...holding, 'not all'], 'held by')]),
    ...(servers === undefined ? [] : [checkWords('servers', servers, answering, 'answered at the end by')]),
    ...bounded('unheld', unheld, () => Math.max(0, ...times.map(({ none }) => none))),
    ...bounded('doubled', doubled, () => Math.max(0, ...times.map(({ several }) => several))),
    ...(established === undefined
      ? []
      : [checkEstablished(established, openAt(connections, begin), Number.isFinite(restored) ? restored : end)]),
  ];
};

/** Whether the client has shown anything: some request succeeded. */
export const isAnswered = (requests: readonly Outcome[]): boolean => requests.some(isGood);
