// Advertisements and claims that routers of this host have seen: first for their watches, then for the election. Pure.

import type { Instant } from '../../base/units.ts';
import { type LocatedSighting, watchSighting } from '../rivals/rivals.ts';
import type { HostEffect, HostStep } from './effect.ts';
import { give, type Input } from './give.ts';
import { type Host, replace, routerOf, selfOf } from './host.ts';
import { found } from './watch.ts';

/** What a router has heard or seen. */
export type RouterSighting = { readonly router: string; readonly sighting: LocatedSighting };

/**
 * Routers have heard advertisements, or seen what may show another master. They react in one batch.
 */
export type SightedInput = {
  readonly type: 'sighted';
  readonly sightings: readonly RouterSighting[];
  /** Milliseconds since the epoch. */
  readonly wall: number;
};

const watchOne = (host: Host, { router: name, sighting }: RouterSighting, now: Instant, wall: number): HostStep => {
  const router = routerOf(host, name);
  if (router === undefined) return [host, []];
  const watched = watchSighting({ config: router.config, self: selfOf(host, name) }, router.watch, sighting, now, wall);
  const [after, effects] = found(router, watched, now);
  return [after.watch === router.watch ? host : replace(host, [after]), effects];
};

export const sight = (host: Host, { sightings, wall }: SightedInput, now: Instant): HostStep => {
  const effects: HostEffect[] = [];
  let last = host;
  const follow = ([next, more]: HostStep): void => {
    last = next;
    effects.push(...more);
  };
  let heard = new Map<string, Input>();
  for (const one of sightings) {
    const { router, sighting } = one;
    // A router hears its second advertisement in the state that the first has left.
    if (sighting.type === 'heard' && heard.has(router)) {
      follow(give(last, [...heard.values()], now));
      heard = new Map();
    }
    follow(watchOne(last, one, now, wall));
    if (sighting.type !== 'heard') continue;
    const { source, priority, interval } = sighting;
    heard.set(router, { router, event: { type: 'advertisement', source, priority, interval } });
  }
  follow(give(last, [...heard.values()], now));
  return [last, effects];
};
