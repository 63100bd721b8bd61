// Warnings about a configuration that runs all the same: each router's are logged once at the start. Pure.

import type { RouterConfig } from '../config/model/model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import type { AddressEntry } from '../kernel/route/address-entry.ts';
import { contains, isHost } from '../net/cidr.ts';
import { isLinkLocal } from '../net/ip-address.ts';
import { masterDownInterval, type Self } from './election/parameters.ts';
import { leaseOf, leaseOverlap } from './holdings/desired.ts';

const cautionOfLease = (config: RouterConfig, self: Self): string | undefined => {
  // There two holders for a moment are what was asked for.
  if (config.lease === 'until_successor') return undefined;
  const lease = leaseOf(config);
  const masterDown = masterDownInterval(self, config.advertisementInterval);
  const overlap = lease === undefined ? 0 : leaseOverlap(lease, masterDown);
  return overlap > 0
    ? `if this master is killed, its addresses may stay ${Math.round(overlap)} ms beside those of the next master: a lease is whole seconds`
    : undefined;
};

/** RFC 9568 5.2.9 requires a link-local address first; keepalived runs without one, and so does regent. */
const cautionOfAddresses = ({ family, addresses }: RouterConfig): string | undefined =>
  family === 'ipv4' || addresses.some(({ address }) => isLinkLocal(address))
    ? undefined
    : 'none of its addresses is link-local, which RFC 9568 5.2.9 requires: hosts cannot use it as default router';

/** Peers are configured alike: with preempt off, a lower priority makes no peer preempt. */
const cautionOfWeights = ({ preempt }: RouterConfig, hasWeights: boolean): string | undefined =>
  preempt || !hasWeights
    ? undefined
    : 'preempt is off, so weights have no effect while it is master; tracked items without weight do, as a fault';

type Present = Pick<AddressEntry, 'interface' | 'address' | 'prefixLength'>;

/** Routed host addresses are common, and a typing error looks the same. A missing interface gives no warning. */
const cautionOfSubnets = (config: RouterConfig, present: readonly Present[]): string | undefined => {
  const held = heldAddresses(config);
  const others = present.filter(({ address }) => !held.some((one) => one.address === address));
  if (!others.some((one) => one.interface === config.interface)) return undefined;
  const lost = held.filter(
    (one) => isHost(one) && !isLinkLocal(one.address) && !others.some((subnet) => contains(subnet, one.address)),
  );
  return lost.length === 0
    ? undefined
    : `${lost.map(({ address }) => address).join(', ')} ${lost.length === 1 ? 'is' : 'are'} outside every connected subnet: neighbours reach ${lost.length === 1 ? 'it' : 'them'} only by a route to the master`;
};

/**
 * @param hasWeights whether a tracked item of the router has a weight.
 * @param present the addresses of this host.
 */
export const cautionsOf = (
  config: RouterConfig,
  self: Self,
  hasWeights: boolean,
  present: readonly Present[],
): string[] =>
  [
    cautionOfLease(config, self),
    cautionOfAddresses(config),
    cautionOfWeights(config, hasWeights),
    cautionOfSubnets(config, present),
  ].filter((caution) => caution !== undefined);
