// All addresses that a router's master holds, advertised or not, each with its interface. Pure.

import type { RouterConfig, VirtualAddress } from './model.ts';

/** Whether the addresses are the host's own, which it always answers (RFC 9568, section 6.1). */
export const ownsAddresses = ({
  priority,
  releasesAddresses,
}: Pick<RouterConfig, 'priority' | 'releasesAddresses'>): boolean => priority === 255 && !releasesAddresses;

export type HeldAddress = VirtualAddress & { readonly interface: string };

/** The advertised ones first: neighbours wait for these most. */
export const heldAddresses = ({
  interface: home,
  virtualMac,
  addresses,
  excluded,
}: Pick<RouterConfig, 'interface' | 'virtualMac' | 'addresses' | 'excluded'>): HeldAddress[] =>
  [...addresses, ...excluded].map((address) => ({
    ...address,
    interface: address.interface ?? virtualMac?.interface ?? home,
  }));
