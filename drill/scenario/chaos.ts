// Chaos by a seed: which faults, when, and when each is undone. The same seed gives the same plan. Pure.

import { randomNumbers } from '../../base/random.ts';
import { milliseconds } from '../../base/units.ts';
import type { FaultName } from './faults.ts';
import { rowOf } from './faults.ts';
import type { Act } from './keys.ts';

export type Planned = {
  readonly at: number;
  readonly act: Act;
  /** Undone after this; absent for what does not last. */
  readonly lasts?: number;
};

/** Where faults are made one after the other; empty where a fault has no place. */
export const placeOf = ({ director, server, router }: Act): string =>
  director ?? server ?? (router === undefined ? '' : `router ${router}`);

export type ChaosPlace = {
  readonly directors: readonly string[];
  readonly servers: readonly string[];
  readonly routers: readonly number[];
};

const processes = ['controller', 'vrrp', 'healthcheck'] as const;

/**
 * Plans the faults of a span. One fault at a time is open for each director and server, so that each has its own undo.
 * @param span and `every` (mean) in milliseconds
 */
export const planChaos = (
  seed: number,
  span: number,
  every: number,
  faults: readonly FaultName[],
  { directors, servers, routers }: ChaosPlace,
): readonly Planned[] => {
  const random = randomNumbers(seed);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const busyUntil = new Map<string, number>();
  const planned: Planned[] = [];
  for (let at = every * (0.5 + random()); at < span; at += every * (0.5 + random())) {
    // All numbers are drawn in every round, so that a skipped fault does not change what follows.
    const what = pick(faults);
    const [director, server, router, process] = [pick(directors), pick(servers), pick(routers), pick(processes)];
    const lasts = Math.round(every * (0.3 + random()));
    const delay = Math.round(20 + 200 * random());
    const loss = Math.round(5 + 40 * random());
    const by = Math.round((random() - 0.5) * 7200) * 1000;
    if (what === undefined) continue;
    const row = rowOf(what);
    const place = row.place === 'server' ? server : row.place === 'router' ? `router ${router}` : director;
    if (place === undefined || (busyUntil.get(place) ?? 0) > at) continue;
    if (row.lasts) busyUntil.set(place, at + lasts);
    const needs = row.needs ?? [];
    const act: Act = {
      do: what,
      ...(row.place === 'director' && director !== undefined && { director }),
      ...(row.place === 'server' && server !== undefined && { server }),
      ...(row.place === 'router' && router !== undefined && { router }),
      ...(needs.includes('process') && process !== undefined && { process }),
      ...(needs.includes('delay') && { delay: milliseconds(delay) }),
      ...(needs.includes('loss') && { loss }),
      ...(needs.includes('by') && { by: milliseconds(by === 0 ? 1000 : by) }),
    };
    planned.push({ at: Math.round(at), act, ...(row.lasts && { lasts }) });
  }
  return planned;
};
