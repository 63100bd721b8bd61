// What an operator should know of a configuration although it runs: each router's cautions, said once at the start. Pure.

import type { RouterConfig } from '../config/model.ts';
import { isLinkLocal } from '../kernel/ip-address.ts';
import { leaseOf, leaseOverlap } from './desired.ts';
import { masterDownInterval, type Self } from './election.ts';

const cautionOfLease = (config: RouterConfig, self: Self): string | undefined => {
  const lease = leaseOf(config);
  const masterDown = masterDownInterval(self, config.advertisementInterval);
  const overlap = lease === undefined ? 0 : leaseOverlap(lease, masterDown);
  return overlap > 0
    ? `its addresses may outlive a killed master by ${Math.round(overlap)} ms beside the successor's, since a lease is whole seconds`
    : undefined;
};

/** RFC 9568 5.2.9 wants a link-local address first; keepalived does without, and so may regent. */
const cautionOfAddresses = ({ family, addresses }: RouterConfig): string | undefined =>
  family === 'ipv4' || addresses.some(({ address }) => isLinkLocal(address))
    ? undefined
    : 'none of its addresses is link-local, as RFC 9568 wants one to be: hosts cannot have it as their default router';

/** A lower priority makes no peer preempt that does not preempt, and peers are configured alike. */
const cautionOfWeights = ({ preempt }: RouterConfig, hasWeights: boolean): string | undefined =>
  preempt || !hasWeights
    ? undefined
    : 'preempt is off, so that weights move nothing while it is master: what it tracks without weight does, as a fault';

/** @param hasWeights whether anything that the router tracks has a weight. */
export const cautionsOf = (config: RouterConfig, self: Self, hasWeights: boolean): string[] =>
  [cautionOfLease(config, self), cautionOfAddresses(config), cautionOfWeights(config, hasWeights)].filter(
    (caution) => caution !== undefined,
  );
