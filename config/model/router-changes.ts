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

/** Unicast routers with the same id are told apart by their order: their peers may change in place. */
const withIdentities = (routers: readonly RouterConfig[]): ReadonlyMap<string, RouterConfig> => {
  const found = new Map<string, RouterConfig>();
  for (const router of routers) {
    const identity = identityOf(router);
    let key = identity;
    for (let count = 2; found.has(key); count += 1) key = `${identity} #${count}`;
    found.set(key, router);
  }
  return found;
};

export const compareRouters = (before: readonly RouterConfig[], after: readonly RouterConfig[]): RouterChanges => {
  const old = withIdentities(before);
  const next = withIdentities(after);
  const pairs = [...next].map(([identity, router]) => ({ before: old.get(identity), after: router }));
  return {
    kept: pairs.flatMap((pair) => (isDeepStrictEqual(pair.before, pair.after) ? [pair.after] : [])),
    changed: pairs.flatMap((pair) =>
      pair.before === undefined || isDeepStrictEqual(pair.before, pair.after)
        ? []
        : [{ before: pair.before, after: pair.after }],
    ),
    added: pairs.flatMap((pair) => (pair.before === undefined ? [pair.after] : [])),
    removed: [...old].flatMap(([identity, router]) => (next.has(identity) ? [] : [router])),
  };
};
