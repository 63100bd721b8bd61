// The source address of probes must have the family of the server.

import { familyOf } from '../../net/ip-address.ts';
import { type Check, checksOf, type Finding, present, type RealServer, type Service } from './finding.ts';
import type { Places } from './places.ts';

const judge = (check: Check, server: RealServer, places: Places): Finding[] => {
  const { sourceAddress } = check;
  // A check with its own address is judged by itself.
  if (places.isGiven(check, 'address') || sourceAddress === undefined || server.address === undefined) return [];
  if (familyOf(sourceAddress) === familyOf(server.address.address)) return [];
  return [
    {
      path: places.of(check, 'sourceAddress'),
      message: `it must be of the family of the server's address ${places.written(server, 'address')}`,
      other: places.of(server, 'address'),
    },
  ];
};

/** Checks the source addresses of all checks against their servers; for a service's check the first that clashes. */
export const checkSources = (services: readonly Service[], places: Places): Finding[] =>
  services.flatMap((service) => {
    const servers = present(service.realServers);
    const bare = servers.filter((server) => !places.isGiven(server, 'check') && !places.isGiven(server, 'checks'));
    return [
      ...checksOf(service).flatMap((check) => bare.flatMap((server) => judge(check, server, places)).slice(0, 1)),
      ...servers.flatMap((server) => checksOf(server).flatMap((check) => judge(check, server, places))),
    ];
  });
