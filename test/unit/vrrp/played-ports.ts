// Ports of a host that is played: what no test of whole routers looks at does nothing, and addresses are kept by one function.

import type { Ports } from '../../../vrrp/ports.ts';

type Addresses = Ports['addresses'];

/** Addresses that are changed at once, also by a thread. */
export const playAddresses = (list: Addresses['list'], apply: Addresses['apply']): Addresses => ({
  list,
  prepare: () => undefined,
  apply,
  applySoon: (changes, done) => done(apply(changes)),
  settle: () => undefined,
});

/** A host of addresses alone, on which nothing else happens. */
export const restingPorts = {
  macvlans: { list: () => [], apply: () => [] },
  setInterface: () => undefined,
  setSysctl: () => undefined,
  routes: { list: () => [], apply: () => [] },
  rules: { list: () => [], apply: () => [] },
  announce: () => [],
  prepareAnnouncements: () => undefined,
  watchClaims: () => ({ close: () => undefined }),
  neighbours: () => [],
  askNeighbour: () => undefined,
  readKeys: () => ({ ok: false, why: 'there are none' }),
} as const satisfies Partial<Ports>;
