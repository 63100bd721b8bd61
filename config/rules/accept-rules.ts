// A service on an address that drops incoming packets can never be reached.

import { silentAddresses } from './address-rules.ts';
import type { Finding, Router, Service } from './finding.ts';
import type { Places } from './places.ts';
import { addressesOf } from './service-matches.ts';

export const checkAccept = (services: readonly Service[], routers: readonly Router[], places: Places): Finding[] => {
  const silent = silentAddresses(routers);
  return services
    .flatMap((service) => addressesOf(service, places))
    .flatMap(({ value: { address }, path }) => {
      const router = silent.get(address);
      return router === undefined
        ? []
        : [
            {
              path: places.of(router, 'accept'),
              message: `accept is off, so nothing reaches ${address} of a service`,
              other: path,
            },
          ];
    });
};
