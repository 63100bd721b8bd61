// Which addresses this host should hold, and for how long the kernel leases them. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import { heldAddresses, ownsAddresses } from '../../config/model/virtual-addresses.ts';
import type { DiffRules } from '../../kernel/diff.ts';
import { type AddressEntry, addressKey, hasSameTraits, isPreferredAlike } from '../../kernel/route/addresses.ts';
import { holdsAddresses, type RouterState } from '../election/election.ts';

/**
 * Lease of a master's addresses in seconds: the time without advertisements after which peers take over, rounded down, minus
 * one second because the kernel may be a second late. At least 1.
 * @returns undefined if no lease is wanted, and for an address owner, whose address is the host's own.
 */
export const leaseOf = (
  router: Pick<RouterConfig, 'lease' | 'priority' | 'releasesAddresses' | 'advertisementInterval' | 'downAfter'>,
): number | undefined =>
  router.lease && !ownsAddresses(router)
    ? Math.max(1, Math.floor((router.downAfter * router.advertisementInterval) / 1000) - 1)
    : undefined;

/** How long a dead master's address may remain beside its successor's: 0 if the lease ends in time. */
export const leaseOverlap = (lease: number, masterDown: Milliseconds): Milliseconds =>
  milliseconds(Math.max(0, (lease + 1) * 1000 - masterDown));

/** A router with its state in the election. */
export type Standing = { readonly config: RouterConfig; readonly state: RouterState };

const entriesOf = (config: RouterConfig): AddressEntry[] =>
  heldAddresses(config).map((address) => ({ ...address, lifetime: leaseOf(config) ?? 'forever' }));

/** Routers may share an address: the first entry counts. */
const distinct = (entries: readonly AddressEntry[]): AddressEntry[] =>
  [...new Map(entries.map((entry) => [addressKey(entry), entry] as const).reverse()).values()].reverse();

/** The addresses that the states require. */
export const desiredAddresses = (standings: readonly Standing[]): AddressEntry[] =>
  distinct(standings.filter(({ state }) => holdsAddresses(state)).flatMap(({ config }) => entriesOf(config)));

/**
 * The rules by which actual addresses become desired ones. Ours are those that this configuration or an earlier one
 * (`remembered`) names; an owner's address is the host's own and is never removed.
 * @param renew whether leases are extended in this turn; otherwise only missing or wrongly leased addresses change.
 */
export const addressRules = (
  standings: readonly Standing[],
  remembered: ReadonlySet<string>,
  renew: boolean,
): DiffRules<AddressEntry> => {
  const owned = new Set(
    standings.filter(({ config }) => ownsAddresses(config)).flatMap(({ config }) => entriesOf(config).map(addressKey)),
  );
  const named = new Set([...standings.flatMap(({ config }) => entriesOf(config).map(addressKey)), ...remembered]);
  return {
    keyOf: addressKey,
    isSame: (actual, desired) =>
      hasSameTraits(actual, desired) &&
      isPreferredAlike(actual, desired) &&
      (desired.lifetime === 'forever' ? actual.lifetime === 'forever' : !renew && actual.lifetime !== 'forever'),
    isOurs: (entry) => named.has(addressKey(entry)) && !owned.has(addressKey(entry)),
  };
};
