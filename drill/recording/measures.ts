// What the client's requests amount to: failures, latencies, and the outage. Pure.

import type { Outcome } from '../client/batch.ts';

/** Positions in an outcome. */
const [start, duration, good, word] = [0, 1, 3, 4] as const;

export const isGood = (outcome: Outcome): boolean => outcome[good] === 1;
export const endOf = (outcome: Outcome): number => outcome[start] + outcome[duration];
export const wordOf = (outcome: Outcome): string => outcome[word];

/** The requests that were open at some moment of a span, or began in it. */
export const during = (requests: readonly Outcome[], begin: number, end: number): readonly Outcome[] =>
  requests.filter((outcome) => outcome[start] < end && endOf(outcome) >= begin);

export type Latencies = {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
};

/** The value that a share of sorted values does not exceed (nearest rank). */
const rank = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;

/** Latencies of the requests that succeeded, in milliseconds; undefined if none did. */
export const latenciesOf = (requests: readonly Outcome[]): Latencies | undefined => {
  const sorted = requests
    .filter(isGood)
    .map((outcome) => outcome[duration])
    .sort((one, other) => one - other);
  if (sorted.length === 0) return undefined;
  const at = (share: number): number => rank(sorted, share);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) };
};

const count = (words: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const each of [...words].sort()) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
};

export type Tally = {
  readonly made: number;
  readonly failed: number;
  /** By reason. */
  readonly errors: Readonly<Record<string, number>>;
  /** By server. */
  readonly answered: Readonly<Record<string, number>>;
};

export const tally = (requests: readonly Outcome[]): Tally => {
  const failures = requests.filter((outcome) => !isGood(outcome));
  return {
    made: requests.length,
    failed: failures.length,
    errors: count(failures.map(wordOf)),
    answered: count(requests.filter(isGood).map(wordOf)),
  };
};

/** A span without a good answer. */
export type Outage = { readonly begin: number; readonly end: number };

/**
 * The longest span without a good answer in which a request failed, from one good answer to the next. A span in which the fault
 * happened begins with the fault: before it the service was there.
 * @param requests of the span to look at
 * @param from the fault, or the start of the span
 * @returns undefined if no request failed; an end of infinity if no good answer came any more
 */
export const longestOutage = (requests: readonly Outcome[], from: number): Outage | undefined => {
  const answers = requests
    .filter(isGood)
    .map(endOf)
    .filter((end) => end >= from)
    .sort((one, other) => one - other);
  const failures = requests.filter((outcome) => !isGood(outcome) && endOf(outcome) >= from);
  const ends = [...answers, Number.POSITIVE_INFINITY];
  let longest: Outage | undefined;
  for (const failure of failures) {
    // The gap between two answers in which the request began: later answers may still end before it is given up.
    const began = Math.max(failure[start], from);
    const index = ends.findIndex((end) => end > began);
    const end = ends[index] ?? Number.POSITIVE_INFINITY;
    const begin = ends[index - 1] ?? from;
    if (longest === undefined || end - begin > longest.end - longest.begin) longest = { begin, end };
  }
  return longest;
};

/** In milliseconds: 0 if no request failed, infinity without an end. */
export const outageOf = (requests: readonly Outcome[], from: number): number => {
  const outage = longestOutage(requests, from);
  return outage === undefined ? 0 : outage.end - outage.begin;
};
