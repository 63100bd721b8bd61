// IPv4 settings of the host's interfaces that virtual routers need; the vrrp process sets them when an interface appears. Pure.

import type { IpAddress } from '../../net/ip-address.ts';
import type { RouterConfig } from './model.ts';
import { heldAddresses } from './virtual-addresses.ts';

export type WantedInterfaceSetting = {
  readonly interface: string;
  readonly setting: 'arp_announce' | 'arp_ignore' | 'promote_secondaries';
  readonly value: number;
  readonly reason: string;
};

/** Why {@link hasSubnet} addresses need `promote_secondaries`. */
export const promotionReason =
  "the kernel would delete the host's own addresses of a subnet together with a virtual address that came before them";

/** Whether the kernel keeps an address and others of its subnet as primary and secondaries: IPv4 with a length below 32. */
export const hasSubnet = ({
  address,
  prefixLength,
}: {
  readonly address: IpAddress;
  readonly prefixLength: number;
}): boolean => prefixLength < 32 && !address.includes(':');

/** Settings of the parent interface of a virtual MAC. */
export const parentSettings = (routers: readonly RouterConfig[]): WantedInterfaceSetting[] =>
  [...new Set(routers.flatMap((router) => (router.virtualMac ? [router.interface] : [])))].flatMap((name) => [
    {
      interface: name,
      setting: 'arp_ignore',
      value: 1,
      reason: "an address with a virtual MAC is answered for by its own interface, and not with the host's MAC",
    },
    {
      interface: name,
      setting: 'arp_announce',
      value: 2,
      reason: "a neighbour that the host asks for its MAC must not learn the virtual address with the host's MAC",
    },
  ]);

export const wantedInterfaceSettings = (routers: readonly RouterConfig[]): WantedInterfaceSetting[] => [
  ...parentSettings(routers),
  ...[
    ...new Set(
      routers.flatMap((router) =>
        heldAddresses(router)
          .filter(hasSubnet)
          .map((held) => held.interface),
      ),
    ),
  ].map(
    (name): WantedInterfaceSetting => ({
      interface: name,
      setting: 'promote_secondaries',
      value: 1,
      reason: promotionReason,
    }),
  ),
];
