// The part of the routers whose takeover is rehearsed: the code of a takeover stays compiled by a few of them as by all, and
// the cost does not grow with routers and addresses. Pure.

import type { RouterConfig } from '../config/model/model.ts';

const mostRouters = 4;
const mostAddresses = 4;

/** A few of the routers, each with a few of its addresses. */
export const rehearsedOf = (routers: readonly RouterConfig[]): RouterConfig[] =>
  routers.slice(0, mostRouters).map((router) => ({
    ...router,
    addresses: router.addresses.slice(0, mostAddresses),
    excluded: router.excluded.slice(0, mostAddresses),
  }));

/** Most entries of the kernel that a rehearsal compares. */
export const mostCompared = 64;
