// Rules about the section `vrrp` that span several values.

import { type Family, familyOf, type IpAddress, isLinkLocal } from '../../net/ip-address.ts';
import { virtualInterfaceName } from '../model/virtual-mac.ts';
import { readAddress, readCidr } from '../schema/values.ts';
import { type Finding, findRepeated, findRepeatedNames, type Item, isRecord, listAt, suggestFor } from './finding.ts';

// RFC 5798 section 5.2.7 (12 bits of centiseconds) and RFC 3768 section 5.3.7 (8 bits of seconds).
const checkInterval = ({ value, written, path }: Item): Finding[] => {
  const { advertisement_interval: span } = value;
  if (typeof span !== 'number') return [];
  const isVersion2 = value.version === 2;
  const [step, max] = isVersion2 ? [1000, 255_000] : [10, 40_950];
  if (span >= step && span <= max && span % step === 0) return [];
  const expected = isVersion2 ? 'whole seconds from 1s to 255s' : '10ms to 40.95s in steps of 10ms';
  return [
    {
      path: [...path, 'advertisement_interval'],
      message: `VRRP version ${isVersion2 ? 2 : 3} carries intervals of ${expected}, not "${written.advertisement_interval}"`,
    },
  ];
};

// RFC 9568 section 6.1: the owner of the addresses always preempts.
const checkPreempt = ({ value, path }: Item): Finding[] =>
  value.preempt === false && value.priority === 255
    ? [
        {
          path: [...path, 'preempt'],
          message: 'a router of priority 255 owns its addresses and always preempts',
          other: [...path, 'priority'],
        },
      ]
    : [];

const familyNames = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

type Written = {
  readonly address: IpAddress;
  readonly path: Finding['path'];
  /** The other keys of its mapping. */
  readonly keys: Readonly<Record<string, unknown>>;
};

/** An address is written as text, or as a mapping with more keys. */
const writtenAddresses = (router: Item, list: 'addresses' | 'excluded'): Written[] =>
  listAt(router, list).flatMap(({ value, path }) => {
    const keys = isRecord(value) ? value : {};
    const address = readCidr(isRecord(value) ? value.address : value)?.address;
    return address === undefined ? [] : [{ address, path: isRecord(value) ? [...path, 'address'] : path, keys }];
  });

const addressesOf = (router: Item): Written[] => writtenAddresses(router, 'addresses');

const familyOfRouter = (router: Item): Family => {
  const [first] = addressesOf(router);
  return first === undefined ? 'ipv4' : familyOf(first.address);
};

const heldBy = (router: Item): Written[] => [...addressesOf(router), ...writtenAddresses(router, 'excluded')];

const keysOfFamily = { ipv4: ['scope', 'label', 'broadcast'], ipv6: ['preferred'] } as const;

const checkAddressKeys = (router: Item): Finding[] =>
  heldBy(router).flatMap(({ address, path, keys }) => {
    const family = familyOf(address);
    const others = keysOfFamily[family === 'ipv4' ? 'ipv6' : 'ipv4'].filter((key) => key in keys);
    const broadcast = readAddress(keys.broadcast);
    return [
      ...others.map((key) => ({
        path: [...path.slice(0, -1), key],
        message: `an ${familyNames[family]} address has no "${key}"`,
      })),
      ...(family === 'ipv4' && broadcast !== undefined && familyOf(broadcast) === 'ipv6'
        ? [{ path: [...path.slice(0, -1), 'broadcast'], message: 'a broadcast address is of IPv4' }]
        : []),
    ];
  });

/** RFC 9568 section 6.1: accept mode is only for routers that do not own their addresses. */
const checkAccept = ({ value, path }: Item): Finding[] =>
  value.accept === false && value.priority === 255
    ? [
        {
          path: [...path, 'accept'],
          message: 'a router of priority 255 owns its addresses and always accepts',
          other: [...path, 'priority'],
        },
      ]
    : [];

/** Only an owner could keep its addresses. */
const checkReleases = ({ value, path }: Item): Finding[] =>
  value.releases_addresses === true && value.priority !== 255
    ? [
        {
          path: [...path, 'releases_addresses'],
          message: 'only a router of priority 255 keeps its addresses otherwise',
        },
      ]
    : [];

/** regent makes the interface with a virtual MAC: nothing else may use its name, and an owner's addresses are not on it. */
const checkVirtualMacs = (routers: readonly Item[]): Finding[] => {
  const uses = routers.flatMap((router) => {
    const { virtual_mac: raw, virtual_router_id: id, priority, releases_addresses: releases } = router.value;
    const path = [...router.path, 'virtual_mac'];
    if (raw !== true && !isRecord(raw)) return [];
    const family = familyOfRouter(router);
    const name = isRecord(raw) ? raw.interface : virtualInterfaceName(family, Number(id));
    return [
      { name: typeof name === 'string' ? name : undefined, path, isOwner: priority === 255 && releases !== true },
    ];
  });
  const others = new Set(routers.map(({ value }) => value.interface));
  return [
    ...findRepeated(
      uses.map(({ name, path }) => ({
        key: name,
        path,
        message: `two virtual MACs on an interface ${name}: give one of them { interface: NAME }`,
      })),
    ),
    ...uses
      .filter(({ name }) => others.has(name))
      .map(({ name, path }) => ({ path, message: `${name} is the interface of a router, not one to be made` })),
    ...uses
      .filter(({ isOwner }) => isOwner)
      .map(({ path }) => ({ path, message: 'a router of priority 255 has its addresses on its own interface' })),
  ];
};

/** Paths of the virtual addresses that drop incoming packets. */
export const silentAddresses = (routers: readonly Item[]): ReadonlyMap<string, Finding['path']> =>
  new Map(
    routers
      .filter(({ value }) => value.accept === false)
      .flatMap((router) => heldBy(router).map(({ address }) => [address, [...router.path, 'accept']] as const)),
  );

/** Two routers may share an address if both say so; within one router it is given once. */
const isSharedBetween = (routers: readonly Item[], path: Finding['path'], other: Finding['other']): boolean => {
  const ownerOf = (at: Finding['path'] | undefined): Item | undefined =>
    routers.find((router) => at !== undefined && router.path.every((step, index) => step === at[index]));
  const [left, right] = [ownerOf(path), ownerOf(other)];
  return left !== right && [left, right].every((router) => router?.value.shares_addresses === true);
};

/** An address is in one place at a time; a link-local one is different on each link (RFC 4291 section 2.5.6). */
const findRepeatedAddresses = (routers: readonly Item[]): Finding[] =>
  findRepeated(
    routers.flatMap((router) =>
      heldBy(router).map(({ address, path, keys }) => {
        const link = isLinkLocal(address) ? ` ${keys.interface ?? router.value.interface}` : '';
        const key = `${address}${link}`;
        return { key, path, message: `address ${address} is given twice` };
      }),
    ),
  ).filter(({ path, other }) => !isSharedBetween(routers, path, other));

const peersOf = (router: Item): { address: IpAddress; path: Finding['path'] }[] =>
  listAt(router, 'peers').flatMap(({ value, path }) => {
    const address = readAddress(value);
    return address === undefined ? [] : [{ address, path }];
  });

// Ethernet's 1500 bytes less the headers and an authentication trailer; the count is one byte.
const mostAddresses = { ipv4: 255, ipv6: 89 } as const;

/** An advertisement has one family: of its addresses, packet and peers (RFC 9568 section 1.3). */
const checkFamily = (router: Item): Finding[] => {
  const { value, path } = router;
  const [first, ...others] = addressesOf(router);
  if (first === undefined) return [];
  const family = familyOf(first.address);
  const isOther = ({ address }: { address: IpAddress }): boolean => familyOf(address) !== family;
  const source = readAddress(value.source);
  const parties = [
    ...(source === undefined ? [] : [{ address: source, path: [...path, 'source'] }]),
    ...peersOf(router),
  ];
  return [
    ...others.filter(isOther).map(({ path: at }) => ({
      path: at,
      message: 'IPv4 and IPv6 addresses need a router each',
      other: first.path,
    })),
    ...parties.filter(isOther).map(({ address, path: at }) => ({
      path: at,
      message: `${address} is not of the addresses' family, ${familyNames[family]}`,
      other: first.path,
    })),
    ...(value.version === 2 && family === 'ipv6'
      ? [{ path: [...path, 'version'], message: 'VRRP version 2 is for IPv4 alone', other: first.path }]
      : []),
    ...(others.length + 1 > mostAddresses[family]
      ? [
          {
            path: [...path, 'addresses'],
            message: `an advertisement holds at most ${mostAddresses[family]} ${familyNames[family]} addresses, not ${others.length + 1}; more may be excluded from it`,
          },
        ]
      : []),
  ];
};

const checkPeers = (router: Item): Finding[] => {
  const { value, path } = router;
  const peers = peersOf(router);
  const source = readAddress(value.source);
  const needless =
    listAt(router, 'peers').length > 0 ? [] : ['check_source', 'min_ttl'].filter((key) => key in router.written);
  return [
    ...findRepeated(
      peers.map(({ address, path: at }) => ({ key: address, path: at, message: `peer ${address} is given twice` })),
    ),
    ...peers
      .filter(({ address }) => address === source)
      .map(({ path: at }) => ({ path: at, message: 'a router is no peer of itself', other: [...path, 'source'] })),
    ...needless.map((key) => ({ path: [...path, key], message: `${key} is for a router with peers` })),
    ...(value.multicast === false && listAt(router, 'peers').length === 0
      ? [{ path: [...path, 'multicast'], message: 'a router without peers has multicast alone' }]
      : []),
  ];
};

const checkAuthentication = ({ value: router, written, path: at }: Item): Finding[] => {
  if (!isRecord(written.authentication)) return [];
  const value = written.authentication;
  const path = [...at, 'authentication'];
  const [needed, others] =
    value.type === 'password' ? ['password', ['key_file', 'window', 'mode']] : ['key_file', ['password']];
  if (value.type !== 'password' && value.type !== 'hmac') return [];
  return [
    ...(needed in value ? [] : [{ path, message: `authentication by ${value.type} needs the key "${needed}"` }]),
    ...others
      .filter((key) => key in value)
      .map((key) => ({ path: [...path, key], message: `authentication by ${value.type} has no "${key}"` })),
    ...(value.type === 'password' && router.version !== 2
      ? [{ path: [...path, 'type'], message: 'a password is for version 2 alone: version 3 has hmac' }]
      : []),
  ];
};

/** A router is identified by its id on its interface and family, towards the group or each peer. */
const findRepeatedIds = (routers: readonly Item[]): Finding[] => {
  const uses = routers.flatMap((router) => {
    const { value, path } = router;
    const { virtual_router_id: id, interface: name } = value;
    if (typeof id !== 'number' || typeof name !== 'string') return [];
    const peers = peersOf(router).map(({ address }) => address);
    const isOnGroup = peers.length === 0 || value.multicast === true;
    const family = familyOfRouter(router);
    return [...new Set([...(isOnGroup ? ['the group'] : []), ...peers])].map((to) => ({
      key: `${id} ${name} ${family} ${to}`,
      path: [...path, 'virtual_router_id'],
      message: `virtual_router_id ${id} is used twice on ${name}`,
    }));
  });
  const told = new Set<string>();
  return findRepeated(uses).filter(({ path }) => {
    const place = path.join();
    return !told.has(place) && told.add(place);
  });
};

export const checkRouters = (routers: readonly Item[]): Finding[] => [
  ...findRepeatedNames(routers, 'router'),
  ...findRepeatedIds(routers),
  ...findRepeatedAddresses(routers),
  ...routers.flatMap(checkAddressKeys),
  ...routers.flatMap(checkAccept),
  ...routers.flatMap(checkReleases),
  ...checkVirtualMacs(routers),
  ...routers.flatMap(checkInterval),
  ...routers.flatMap(checkPreempt),
  ...routers.flatMap(checkFamily),
  ...routers.flatMap(checkPeers),
  ...routers.flatMap(checkAuthentication),
];

export const checkGroups = (groups: readonly Item[], routers: readonly Item[]): Finding[] => {
  const names = routers.flatMap(({ value }) => (typeof value.name === 'string' ? [value.name] : []));
  const known = new Set(names);
  const members = groups
    .flatMap((group) => listAt(group, 'routers'))
    .flatMap(({ value, path }) => (typeof value === 'string' ? [{ name: value, path }] : []));
  return [
    ...findRepeatedNames(groups, 'group'),
    ...members
      .filter(({ name }) => !known.has(name))
      .map(({ name, path }, index) => ({
        path,
        message: `no router is named "${name}"`,
        suggestion: suggestFor(index, name, names),
      })),
    ...findRepeated(
      members.map(({ name, path }) => ({ key: name, path, message: `router "${name}" is grouped twice` })),
    ),
  ];
};
