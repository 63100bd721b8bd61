// Rules about the addresses that routers hold.

import { type Family, familyOf, type IpAddress, isLinkLocal } from '../../net/ip-address.ts';
import { type Address, type Finding, findRepeated, present, type Router } from './finding.ts';
import type { Places } from './places.ts';

export const familyNames = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

type Held = { readonly address: IpAddress; readonly entry: Address };

const heldIn = (list: Router['addresses']): Held[] =>
  present(list).flatMap((entry) => (entry.address === undefined ? [] : [{ address: entry.address.address, entry }]));

export const advertisedBy = (router: Router): Held[] => heldIn(router.addresses);

export const heldBy = (router: Router): Held[] => [...advertisedBy(router), ...heldIn(router.excluded)];

/** The family of the first address. */
export const familyOfRouter = (router: Router): Family => {
  const [first] = advertisedBy(router);
  return first === undefined ? 'ipv4' : familyOf(first.address);
};

const fieldsOfFamily = { ipv4: ['scope', 'label', 'broadcast'], ipv6: ['preferred'] } as const;

/** Some keys of an address are of one family. */
export const checkAddressKeys = (router: Router, places: Places): Finding[] =>
  heldBy(router).flatMap(({ address, entry }) => {
    const family = familyOf(address);
    const others = fieldsOfFamily[family === 'ipv4' ? 'ipv6' : 'ipv4'].filter((field) => places.isGiven(entry, field));
    const { broadcast } = entry;
    return [
      ...others.map((field) => ({
        path: places.of(entry, field),
        message: `an ${familyNames[family]} address has no "${field}"`,
      })),
      ...(family === 'ipv4' && broadcast !== undefined && familyOf(broadcast) === 'ipv6'
        ? [{ path: places.of(entry, 'broadcast'), message: 'a broadcast address is of IPv4' }]
        : []),
    ];
  });

// Ethernet's 1500 bytes less the headers and an authentication trailer; the count is one byte.
const mostAddresses = { ipv4: 255, ipv6: 89 } as const;

/** An advertisement has one family (RFC 9568 section 1.3), and holds so many addresses. */
export const checkAdvertised = (router: Router, places: Places): Finding[] => {
  const [first, ...others] = advertisedBy(router);
  if (first === undefined) return [];
  const family = familyOf(first.address);
  return [
    ...others
      .filter(({ address }) => familyOf(address) !== family)
      .map(({ entry }) => ({
        path: places.of(entry, 'address'),
        message: 'IPv4 and IPv6 addresses need a router each',
        other: places.of(first.entry, 'address'),
      })),
    ...(router.version === 2 && family === 'ipv6'
      ? [
          {
            path: places.of(router, 'version'),
            message: 'VRRP version 2 is for IPv4 only',
            other: places.of(first.entry, 'address'),
          },
        ]
      : []),
    ...(others.length + 1 > mostAddresses[family]
      ? [
          {
            path: places.of(router, 'addresses'),
            message: `an advertisement holds at most ${mostAddresses[family]} ${familyNames[family]} addresses, not ${others.length + 1}; move the others to "excluded"`,
          },
        ]
      : []),
  ];
};

/** Two routers may share an address if both say so; within one router it is given once. */
const isSharedBetween = (one: Router, other: Router): boolean =>
  one !== other && one.sharesAddresses === true && other.sharesAddresses === true;

/** An address is in one place at a time; a link-local one is different on each link (RFC 4291 section 2.5.6). */
export const findRepeatedAddresses = (routers: readonly Router[], places: Places): Finding[] =>
  findRepeated(
    routers.flatMap((router) =>
      heldBy(router).map(({ address, entry }) => ({
        router,
        key: `${address}${isLinkLocal(address) ? ` ${entry.interface ?? router.interface}` : ''}`,
        path: places.of(entry, 'address'),
        message: `address ${address} is given twice`,
      })),
    ),
    (first, use) => isSharedBetween(first.router, use.router),
  );

/** The virtual addresses that drop incoming packets, each with its router. */
export const silentAddresses = (routers: readonly Router[]): ReadonlyMap<IpAddress, Router> =>
  new Map(
    routers
      .filter(({ accept }) => accept === false)
      .flatMap((router) => heldBy(router).map(({ address }) => [address, router] as const)),
  );
