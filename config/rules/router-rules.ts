// Rules about virtual routers and their groups.

import { virtualInterfaceName } from '../model/virtual-mac.ts';
import { checkAddressKeys, checkAdvertised, familyOfRouter, findRepeatedAddresses } from './address-rules.ts';
import {
  entriesOf,
  type Finding,
  findRepeated,
  findRepeatedNames,
  type Group,
  type Router,
  suggestFor,
} from './finding.ts';
import { checkPeers, findRepeatedIds } from './peer-rules.ts';
import type { Places } from './places.ts';

// RFC 5798 section 5.2.7 (12 bits of centiseconds) and RFC 3768 section 5.3.7 (8 bits of seconds).
const checkInterval = (router: Router, places: Places): Finding[] => {
  const { advertisementInterval: span } = router;
  if (span === undefined) return [];
  const isVersion2 = router.version === 2;
  const [step, max] = isVersion2 ? [1000, 255_000] : [10, 40_950];
  if (span >= step && span <= max && span % step === 0) return [];
  const expected = isVersion2 ? 'whole seconds from 1s to 255s' : '10ms to 40.95s in steps of 10ms';
  return [
    {
      path: places.of(router, 'advertisementInterval'),
      message: `VRRP version ${isVersion2 ? 2 : 3} carries intervals of ${expected}, not "${places.written(router, 'advertisementInterval')}"`,
    },
  ];
};

const owner = 255;

/** RFC 9568 section 6.1: the owner of the addresses always preempts and always accepts. */
const checkOwner = (router: Router, places: Places): Finding[] =>
  (
    [
      ['accept', 'a router of priority 255 owns its addresses and always accepts'],
      ['preempt', 'a router of priority 255 owns its addresses and always preempts'],
    ] as const
  ).flatMap(([field, message]) =>
    router[field] === false && router.priority === owner
      ? [{ path: places.of(router, field), message, other: places.of(router, 'priority') }]
      : [],
  );

/** Only an owner could keep its addresses. */
const checkReleases = (router: Router, places: Places): Finding[] =>
  router.releasesAddresses === true && router.priority !== owner
    ? [
        {
          path: places.of(router, 'releasesAddresses'),
          message: 'it is for priority 255: other routers always release their addresses',
        },
      ]
    : [];

/** The name of the interface with a router's virtual MAC; undefined if it is unknown. */
const interfaceOf = (router: Router): string | undefined => {
  const { virtualMac, virtualRouterId: id } = router;
  if (typeof virtualMac === 'object') return virtualMac.interface;
  return id === undefined ? undefined : virtualInterfaceName(familyOfRouter(router), id);
};

/** The interfaces that a router uses, or makes. */
export const interfacesOf = (router: Router): (string | undefined)[] => [
  router.interface,
  ...(router.virtualMac === undefined || router.virtualMac === false ? [] : [interfaceOf(router)]),
];

/** regent makes the interface with a virtual MAC: nothing else may use its name, and an owner's addresses are not on it. */
const checkVirtualMacs = (routers: readonly Router[], places: Places): Finding[] => {
  const uses = routers
    .filter(({ virtualMac }) => virtualMac !== undefined && virtualMac !== false)
    .map((router) => ({ router, name: interfaceOf(router), path: places.of(router, 'virtualMac') }));
  const others = new Set(routers.map((router) => router.interface));
  return [
    ...findRepeated(
      uses.map(({ name, path }) => ({
        key: name,
        path,
        message: `two virtual MACs on an interface ${name}: give one of them { interface: NAME }`,
      })),
    ),
    ...uses
      .filter(({ name }) => name !== undefined && others.has(name))
      .map(({ name, path }) => ({
        path,
        message: `${name} is the interface of a router: give the virtual MAC another name`,
      })),
    ...uses
      .filter(({ router }) => router.priority === owner && router.releasesAddresses !== true)
      .map(({ path }) => ({
        path,
        message: 'a router of priority 255 holds its addresses on its own interface, without a virtual MAC',
      })),
  ];
};

export const checkRouters = (routers: readonly Router[], places: Places): Finding[] => [
  ...findRepeatedNames(routers, 'router', places),
  ...findRepeatedIds(routers, places),
  ...findRepeatedAddresses(routers, places),
  ...routers.flatMap((router) => [
    ...checkAddressKeys(router, places),
    ...checkOwner(router, places),
    ...checkReleases(router, places),
    ...checkInterval(router, places),
    ...checkAdvertised(router, places),
    ...checkPeers(router, places),
  ]),
  ...checkVirtualMacs(routers, places),
];

export const checkGroups = (groups: readonly Group[], routers: readonly Router[], places: Places): Finding[] => {
  const names = routers.flatMap(({ name }) => name ?? []);
  const known = new Set(names);
  const members = groups.flatMap((group) => entriesOf(group.routers, places));
  return [
    ...findRepeatedNames(groups, 'group', places),
    ...members
      .filter(({ value }) => !known.has(value))
      .map(({ value, path }, index) => ({
        path,
        message: `no router is named "${value}"`,
        suggestion: suggestFor(index, value, names),
      })),
    ...findRepeated(
      members.map(({ value, path }) => ({ key: value, path, message: `router "${value}" is grouped twice` })),
    ),
  ];
};
