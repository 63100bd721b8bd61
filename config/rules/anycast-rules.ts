// Rules about anycast addresses: clashes, and what services on them need so that any director can continue a connection.

import type { IpAddress } from '../../net/ip-address.ts';
import { isHashScheduler } from '../model/service-model.ts';
import type { KeyPath } from '../schema/kind.ts';
import { heldBy } from './address-rules.ts';
import {
  type Announced,
  type Anycast,
  type Director,
  entriesOf,
  type Finding,
  findRepeated,
  findRepeatedNames,
  present,
  type Router,
  type Service,
  suggestFor,
} from './finding.ts';
import type { Places } from './places.ts';
import { interfacesOf } from './router-rules.ts';
import { addressesOf } from './service-matches.ts';

/** The interface must be regent's alone, since the routing daemon exports whatever is on it. */
const checkInterface = (anycast: Anycast, routers: readonly Router[], places: Places): Finding[] => {
  const { interface: name } = anycast;
  const path = places.of(anycast, 'interface');
  if (name === 'lo')
    return [{ path, message: 'lo serves addresses that are withdrawn: give the name of a dummy that regent makes' }];
  const user = routers.find((router) => name !== undefined && interfacesOf(router).includes(name));
  return user === undefined
    ? []
    : [
        {
          path,
          message: `${name} is the interface of a router: give another name`,
          other: places.of(user, 'interface'),
        },
      ];
};

/** Commands name routers and anycast addresses alike. */
const checkNames = (announced: readonly Announced[], routers: readonly Router[], places: Places): Finding[] =>
  findRepeatedNames([...routers, ...announced], 'router or anycast', places).filter(
    ({ path }) => path[0] === 'anycast',
  );

const checkAddresses = (announced: readonly Announced[], routers: readonly Router[], places: Places): Finding[] => {
  const virtual = new Map(
    routers.flatMap((router) =>
      heldBy(router).map(({ address, entry }): [IpAddress, KeyPath] => [address, places.of(entry, 'address')]),
    ),
  );
  const uses = announced.flatMap((each) => entriesOf(each.addresses, places));
  return [
    ...findRepeated(
      uses.map(({ value: { address }, path }) => ({
        key: address,
        path,
        message: `address ${address} is given twice`,
      })),
    ),
    ...uses.flatMap(({ value: { address }, path }) => {
      const other = virtual.get(address);
      return other === undefined
        ? []
        : [{ path, message: `${address} is a virtual address of a router, which only the master holds`, other }];
    }),
  ];
};

const checkServices = (announced: readonly Announced[], services: readonly Service[], places: Places): Finding[] => {
  const names = services.flatMap(({ name }) => name ?? []);
  const known = new Set(names);
  return announced.flatMap((each) => {
    const named = entriesOf(each.announceWhile, places);
    return [
      ...named
        .filter(({ value }) => !known.has(value))
        .map(({ value, path }, index) => ({
          path,
          message: `no virtual service is named "${value}"`,
          suggestion: suggestFor(index, value, names),
        })),
      ...findRepeated(
        named.map(({ value, path }) => ({ key: value, path, message: `service "${value}" is given twice` })),
      ),
    ];
  });
};

/** Without its directors' states none knows that it is the last. */
const checkLast = (announced: readonly Announced[], hasPeers: boolean, places: Places): Finding[] =>
  announced.flatMap((each): Finding[] => {
    if (each.keepLast !== true) return [];
    const path = places.of(each, 'keepLast');
    if (!hasPeers) return [{ path, message: 'it needs peers: a director must know whether others still announce' }];
    return each.announceWhile?.length === 0
      ? [{ path, message: 'without announce_while no failed check withdraws the addresses' }]
      : [];
  });

/** All directors must choose the same server for a connection, since a router may send it to another of them. */
const checkSchedulers = (announced: readonly Announced[], services: readonly Service[], places: Places): Finding[] => {
  const strict = new Map(
    announced
      .filter(({ anyScheduler }) => anyScheduler === false)
      .flatMap((each) => entriesOf(each.addresses, places))
      .map(({ value, path }) => [value.address, path]),
  );
  return services.flatMap((service) => {
    const { scheduler, onePacket } = service;
    if (scheduler === undefined || isHashScheduler(scheduler) || onePacket === true) return [];
    const match = addressesOf(service, places).find(({ value }) => strict.has(value.address));
    if (match === undefined) return [];
    const { address } = match.value;
    const message = `on the anycast address ${address} each director would choose servers for itself by ${scheduler}: use mh with scheduler_flags [port, fallback], or set any_scheduler there`;
    const path = places.isGiven(service, 'scheduler') ? places.of(service, 'scheduler') : places.of(service);
    return [{ path, message, other: strict.get(address) }];
  });
};

/** Checks the rules of anycast addresses. */
export const checkAnycast = (director: Director, places: Places): Finding[] => {
  const { anycast } = director;
  if (anycast === undefined) return [];
  const announced = present(anycast.addresses);
  const routers = present(director.vrrp?.routers);
  const services = present(director.virtualServices);
  return [
    ...checkInterface(anycast, routers, places),
    ...checkNames(announced, routers, places),
    ...checkAddresses(announced, routers, places),
    ...checkServices(announced, services, places),
    ...checkLast(announced, places.isGiven(director, 'peers'), places),
    ...checkSchedulers(announced, services, places),
  ];
};
