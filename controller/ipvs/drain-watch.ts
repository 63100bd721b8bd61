// Watches draining destinations: which drain, the connections left, and the outcome. Pure.

import { elapsed, formatDuration, type Instant, milliseconds } from '../../base/units.ts';
import type { Departure } from './service-judgement.ts';

/** A destination at weight 0 that is to be removed. */
export type Leaving = {
  readonly key: string;
  /** The server's name, for the log. */
  readonly name: string;
  readonly why: Departure;
  readonly since: Instant;
  readonly deadline?: Instant;
  /** Living connections. */
  readonly connections: number;
  /** Whether it is removed in this turn. */
  readonly isLast: boolean;
};

type Watched = { readonly loggedAt: Instant; readonly connections: number };
export type DrainMemory = ReadonlyMap<string, Watched>;

export type DrainLine = { readonly name: string; readonly text: string };

/** How often the number of remaining connections is logged. */
const logEvery = milliseconds(10_000);

const past: Readonly<Record<Departure, string>> = {
  failed: 'failed',
  'drained by command': 'was drained by command',
  'not needed': 'was not needed any more',
  'no longer configured': 'was no longer configured',
};

const count = (connections: number): string => (connections === 1 ? '1 connection' : `${connections} connections`);

/** @returns what to remember, and the lines to log. A server that was idle from the start is logged once, at its removal. */
export const watchDrains = (
  memory: DrainMemory,
  leaving: readonly Leaving[],
  now: Instant,
): [DrainMemory, DrainLine[]] => {
  const next = new Map<string, Watched>();
  const lines = leaving.flatMap((one): DrainLine[] => {
    const { key, name, why, since, deadline, connections, isLast } = one;
    const known = memory.get(key);
    const span = formatDuration(elapsed(since, now));
    if (isLast) {
      const end = connections === 0 ? 'it is idle' : `its drain timeout has passed and cuts ${count(connections)}`;
      return [{ name, text: `${key} removed ${span} after it ${past[why]}: ${end}` }];
    }
    if (known !== undefined && elapsed(known.loggedAt, now) < logEvery) {
      next.set(key, known);
      return [];
    }
    next.set(key, { loggedAt: now, connections });
    if (known === undefined) {
      const limit = deadline === undefined ? '' : ` within ${formatDuration(elapsed(now, deadline))}`;
      return [{ name, text: `${key} drains (${why}): ${count(connections)} may finish${limit}` }];
    }
    return [{ name, text: `${key} has drained for ${span}: ${count(connections)} left, ${known.connections} before` }];
  });
  return [next, lines];
};
