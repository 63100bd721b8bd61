// Which addresses this host should hold, and for how long the kernel leases them. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import { heldAddresses, ownsAddresses } from '../../config/model/virtual-addresses.ts';
import type { DiffRules } from '../../kernel/diff.ts';
import { type AddressEntry, addressKey, hasSameTraits, isPreferredAlike } from '../../kernel/route/address-entry.ts';
import { holdsAddresses, type RouterState } from '../election/router-state.ts';

/** The longest skew time of a peer (RFC 9568 6.1), that of priority 1, in advertisement intervals. */
const longestSkew = 255 / 256;

/** When the last peer takes over after the last advertisement, in milliseconds. */
const takeoverAfter = ({
  downAfter,
  advertisementInterval,
}: Pick<RouterConfig, 'downAfter' | 'advertisementInterval'>) => (downAfter + longestSkew) * advertisementInterval;

/** The kernel ends a lease a little early, and an advertisement that renews it may be late, in milliseconds. */
const renewalSlack = 100;

/**
 * Lease of a master's addresses in seconds. Auto: the time without advertisements after which peers take over, rounded down,
 * minus one second because the kernel may be a second late; at least until the next advertisement renews it. Until the successor:
 * that time with the longest skew, rounded up.
 * @returns undefined if no lease is wanted, and for an address owner, whose address is the host's own.
 */
export const leaseOf = (
  router: Pick<RouterConfig, 'lease' | 'priority' | 'releasesAddresses' | 'advertisementInterval' | 'downAfter'>,
): number | undefined => {
  if (router.lease === 'off' || ownsAddresses(router)) return undefined;
  const { downAfter, advertisementInterval } = router;
  return router.lease === 'auto'
    ? Math.max(
        Math.ceil((advertisementInterval + renewalSlack) / 1000),
        Math.floor((downAfter * advertisementInterval) / 1000) - 1,
      )
    : Math.ceil(takeoverAfter(router) / 1000);
};

/**
 * How old the last renewal may be when the next advertisement is sent, in milliseconds: a third of the lease, and no older than
 * what the lease has to spare until the advertisement after it; where it must outlast a takeover, until that.
 */
export const renewalOf = (router: Parameters<typeof leaseOf>[0]): number => {
  const lease = leaseOf(router);
  if (lease === undefined) return Number.POSITIVE_INFINITY;
  const third = (lease * 1000) / 3;
  if (router.lease === 'auto')
    return Math.max(0, Math.min(third, lease * 1000 - router.advertisementInterval - renewalSlack));
  // Half an interval: with every advertisement, although the loop may be early by some milliseconds.
  return Math.max(router.advertisementInterval / 2, Math.min(third, lease * 1000 - takeoverAfter(router)));
};

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
