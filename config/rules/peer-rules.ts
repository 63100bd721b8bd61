// Rules about the directors that a router speaks to, and about how it proves what it sends.

import { familyOf, type IpAddress } from '../../net/ip-address.ts';
import type { KeyPath } from '../schema/kind.ts';
import { advertisedBy, familyNames, familyOfRouter } from './address-rules.ts';
import { entriesOf, type Finding, findRepeated, type Router } from './finding.ts';
import type { Places } from './places.ts';

/** Packets are of the family of the addresses (RFC 9568 section 1.3). */
const checkFamily = (router: Router, places: Places): Finding[] => {
  const [first] = advertisedBy(router);
  if (first === undefined) return [];
  const family = familyOf(first.address);
  const { source } = router;
  const parties: { readonly value: IpAddress; readonly path: KeyPath }[] = [
    ...(source === undefined ? [] : [{ value: source, path: places.of(router, 'source') }]),
    ...entriesOf(router.peers, places),
  ];
  return parties
    .filter(({ value }) => familyOf(value) !== family)
    .map(({ value, path }) => ({
      path,
      message: `${value} is not of the addresses' family, ${familyNames[family]}`,
      other: places.of(first.entry, 'address'),
    }));
};

const checkUnicast = (router: Router, places: Places): Finding[] => {
  const peers = entriesOf(router.peers, places);
  const isAlone = (router.peers ?? []).length === 0;
  return [
    ...findRepeated(peers.map(({ value, path }) => ({ key: value, path, message: `peer ${value} is given twice` }))),
    ...peers
      .filter(({ value }) => value === router.source)
      .map(({ path }) => ({ path, message: 'a router cannot be its own peer', other: places.of(router, 'source') })),
    ...(['checkSource', 'minTtl'] as const)
      .filter((field) => isAlone && places.isGiven(router, field))
      .map((field) => places.of(router, field))
      .map((path) => ({ path, message: `${path.at(-1)} is for a router with peers` })),
    ...(router.multicast === false && isAlone
      ? [{ path: places.of(router, 'multicast'), message: 'a router without peers needs multicast' }]
      : []),
  ];
};

const fieldsOfType = {
  password: { needed: 'password', others: ['keyFile', 'window', 'mode'] },
  hmac: { needed: 'keyFile', others: ['password'] },
} as const;

const checkAuthentication = ({ version, authentication }: Router, places: Places): Finding[] => {
  if (authentication?.type === undefined) return [];
  const { type } = authentication;
  const { needed, others } = fieldsOfType[type];
  const at = (field: keyof typeof authentication): KeyPath => places.of(authentication, field);
  return [
    ...(places.isGiven(authentication, needed)
      ? []
      : [
          {
            path: places.of(authentication),
            message: `authentication by ${type} needs the key "${at(needed).at(-1)}"`,
          },
        ]),
    ...others
      .filter((field) => places.isGiven(authentication, field))
      .map((field) => ({ path: at(field), message: `authentication by ${type} has no "${at(field).at(-1)}"` })),
    ...(type === 'password' && version !== 2
      ? [{ path: at('type'), message: 'a password is for version 2 only: version 3 has hmac' }]
      : []),
  ];
};

/** A router is identified by its id on its interface and family, towards the group or each peer. */
export const findRepeatedIds = (routers: readonly Router[], places: Places): Finding[] => {
  const uses = routers.flatMap((router) => {
    const { virtualRouterId: id, interface: name } = router;
    if (id === undefined || name === undefined) return [];
    const peers = entriesOf(router.peers, places).map(({ value }) => value);
    const isOnGroup = peers.length === 0 || router.multicast === true;
    const family = familyOfRouter(router);
    return [...new Set([...(isOnGroup ? ['the group'] : []), ...peers])].map((to) => ({
      key: `${id} ${name} ${family} ${to}`,
      path: places.of(router, 'virtualRouterId'),
      message: `virtual_router_id ${id} is used twice on ${name}`,
    }));
  });
  const reported = new Set<string>();
  return findRepeated(uses).filter(({ path }) => {
    const place = path.join();
    return !reported.has(place) && reported.add(place);
  });
};

export const checkPeers = (router: Router, places: Places): Finding[] => [
  ...checkFamily(router, places),
  ...checkUnicast(router, places),
  ...checkAuthentication(router, places),
];
