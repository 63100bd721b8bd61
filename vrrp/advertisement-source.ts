// The source address of a router's advertisements. Pure.

import type { RouterConfig } from '../config/model/model.ts';
import type { AddressEntry } from '../kernel/route/address-entry.ts';
import { type IpAddress, isLinkLocal } from '../net/ip-address.ts';

/**
 * A router's source address: the configured one, else the interface's first that is not virtual. Over IPv6 it is link-local
 * (RFC 9568 5.1.2.1), unless a peer is not on the link.
 */
export const sourceOf = (
  router: RouterConfig,
  virtual: ReadonlySet<string>,
  entries: readonly AddressEntry[],
): IpAddress | undefined => {
  const own = entries
    .filter(
      ({ interface: name, address }) =>
        name === router.interface && address.includes(':') === (router.family === 'ipv6'),
    )
    .map(({ address }) => address);
  if (router.source !== undefined) return own.find((address) => address === router.source);
  const isOnLink = router.peers.every(isLinkLocal);
  const fit = router.family === 'ipv4' ? own : own.filter((address) => isLinkLocal(address) === isOnLink);
  // An address owner's primary address is virtual too.
  return fit.find((address) => !virtual.has(address)) ?? fit[0];
};

/** Warns an address owner without another source address: the kernel treats packets from a host's own address as forged. */
export const warningOfSource = (name: string, source: IpAddress): string =>
  `sends from ${source}, which is virtual: a master peer holds it, drops packets from it, and stays master besides this router; give ${name} an address of its own, or set net.ipv4.conf.${name}.accept_local=1 on the peers`;
