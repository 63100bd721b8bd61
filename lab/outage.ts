// Statistics of the client's requests: failures, answers by server, and the length of the outage. Pure.

/** One request of the client. Times in milliseconds; `start` by the wall clock, the others since the start. */
export type Attempt = {
  readonly start: number;
  readonly duration: number;
  /** Time until the connection was established; absent if it never was. */
  readonly connected?: number;
  readonly ok: boolean;
  /** The real server that answered. */
  readonly server?: string;
  readonly error?: string;
};

export type Tally = {
  readonly made: number;
  readonly failed: number;
  /** Good answers by real server. */
  readonly answered: Readonly<Record<string, number>>;
  /** Failures by reason. */
  readonly errors: Readonly<Record<string, number>>;
};

export type Outage = {
  /** Start of the first request that failed. */
  readonly firstFailure: number;
  /** Start of the first request after the last failure; absent while there is none. */
  readonly restored?: number;
};

const count = (values: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const value of [...values].sort()) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

/** Sums up requests. */
export const tally = (attempts: readonly Attempt[]): Tally => ({
  made: attempts.length,
  failed: attempts.filter(({ ok }) => !ok).length,
  answered: count(attempts.flatMap(({ ok, server }) => (ok && server !== undefined ? [server] : []))),
  errors: count(attempts.flatMap(({ ok, error }) => (ok ? [] : [error ?? 'unknown']))),
});

/** The requests that started in a window: from `begin`, before `end`. */
export const within = (attempts: readonly Attempt[], begin: number, end: number): Attempt[] =>
  attempts.filter(({ start }) => start >= begin && start < end).sort((one, other) => one.start - other.start);

/**
 * Finds the outage among requests sorted by start: from the first failure to the first success after the last failure. @returns
 * undefined without a failure.
 */
export const findOutage = (attempts: readonly Attempt[]): Outage | undefined => {
  const firstFailure = attempts.find(({ ok }) => !ok)?.start;
  if (firstFailure === undefined) return undefined;
  const lastFailure = attempts.findLastIndex(({ ok }) => !ok);
  const restored = attempts[lastFailure + 1]?.start;
  return { firstFailure, ...(restored === undefined ? {} : { restored }) };
};

/**
 * Measures the outage as the client saw it, in milliseconds.
 * @param from time of the cause; without one the outage counts from the first request that failed.
 * @returns 0 if no request failed, infinity if the service did not come back.
 */
export const measureOutage = (attempts: readonly Attempt[], from?: number): number => {
  const outage = findOutage(attempts);
  if (outage === undefined) return 0;
  return (outage.restored ?? Number.POSITIVE_INFINITY) - (from ?? outage.firstFailure);
};

/**
 * Measures the longest span in which every request failed, in milliseconds; an unfinished one counts up to now: a takeover and
 * the return are two outages, not one. A span ends with the start of the next successful request, however long the client waits
 * for earlier lost ones.
 */
export const measureLongestOutage = (attempts: readonly Attempt[]): number => {
  let [longest, begun, given]: [number, number | undefined, number] = [0, undefined, 0];
  for (const { start, duration, ok } of attempts) {
    if (ok) longest = Math.max(longest, start - (begun ?? start));
    begun = ok ? undefined : (begun ?? start);
    given = ok ? 0 : Math.max(given, start + duration);
  }
  return begun === undefined ? longest : Math.max(longest, given - begun);
};
