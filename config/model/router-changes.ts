// How a new configuration changes the routers of an old one: kept, changed in place, added, removed. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { RouterConfig } from './model.ts';
import { ownsAddresses } from './virtual-addresses.ts';

export type ChangedRouter = { readonly before: RouterConfig; readonly after: RouterConfig };

export type RouterChanges = {
  readonly kept: readonly RouterConfig[];
  /** The same virtual router with other settings: its election state goes on. */
  readonly changed: readonly ChangedRouter[];
  readonly added: readonly RouterConfig[];
  readonly removed: readonly RouterConfig[];
};

/** RFC 9568 6.1: priority 255 is the address owner, a different kind of router that is never a backup. */
const ownerPriority = 255;

/** Identity of a virtual router on the wire, the only one that peers see. Its name is local. */
const identityOf = (router: RouterConfig): string => {
  const { interface: link, family, virtualRouterId, version, priority } = router;
  const owner = priority === ownerPriority ? ` owner${ownsAddresses(router) ? ' keeping' : ''}` : '';
  return `${link} ${family} ${virtualRouterId} v${version}${owner}`;
};

const byIdentity = (routers: readonly RouterConfig[]): ReadonlyMap<string, RouterConfig[]> => {
  const found = new Map<string, RouterConfig[]>();
  for (const router of routers) {
    const identity = identityOf(router);
    found.set(identity, [...(found.get(identity) ?? []), router]);
  }
  return found;
};

/**
 * Which of several unicast routers with one id is which, the surest sign first: their peers are who sees them, and their order
 * in the file means nothing. What is left over changes its peers in place.
 */
const signs: readonly ((before: RouterConfig, after: RouterConfig) => boolean)[] = [
  isDeepStrictEqual,
  (before, after) => isDeepStrictEqual(before.peers.toSorted(), after.peers.toSorted()),
  (before, after) => before.peers.some((peer) => after.peers.includes(peer)),
  (before, after) => before.name === after.name,
  () => true,
];

/** @returns the routers of `before` that those of `after` continue. */
const pairUp = (
  before: readonly RouterConfig[],
  after: readonly RouterConfig[],
): ReadonlyMap<RouterConfig, RouterConfig> => {
  const pairs = new Map<RouterConfig, RouterConfig>();
  const left = new Set(before);
  for (const isSame of signs)
    for (const router of after) {
      const found = pairs.has(router) ? undefined : [...left].find((one) => isSame(one, router));
      if (found === undefined) continue;
      pairs.set(router, found);
      left.delete(found);
    }
  return pairs;
};

export const compareRouters = (before: readonly RouterConfig[], after: readonly RouterConfig[]): RouterChanges => {
  const old = byIdentity(before);
  const continued = new Map(
    [...byIdentity(after)].flatMap(([identity, routers]) => [...pairUp(old.get(identity) ?? [], routers)]),
  );
  const lasting = new Set(continued.values());
  const pairs = after.map((router) => ({ before: continued.get(router), after: router }));
  return {
    kept: pairs.flatMap((pair) => (isDeepStrictEqual(pair.before, pair.after) ? [pair.after] : [])),
    changed: pairs.flatMap((pair) =>
      pair.before === undefined || isDeepStrictEqual(pair.before, pair.after)
        ? []
        : [{ before: pair.before, after: pair.after }],
    ),
    added: pairs.flatMap((pair) => (pair.before === undefined ? [pair.after] : [])),
    removed: before.filter((router) => !lasting.has(router)),
  };
};
