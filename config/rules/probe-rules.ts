// Rules about where checks probe, and that a service or server has one key for its checks.

import { type Check, type Finding, present, type RealServer, type Service } from './finding.ts';
import type { Places } from './places.ts';
import { commonPort, matchesOf, serversOf } from './service-matches.ts';

const portless: readonly Check['type'][] = ['ping', 'script', 'file'];

/** Whether a service's servers may be probed without a port of their own. A check that could not be read may have one. */
const hasPorts = (service: Service, places: Places): boolean => {
  const hasOwn = (check: Check | undefined): boolean =>
    check === undefined || places.isGiven(check, 'port') || portless.includes(check.type);
  if (places.isGiven(service, 'checks')) return (service.checks ?? []).every(hasOwn);
  return places.isGiven(service, 'check') && hasOwn(service.check);
};

/** A service for every port has no port to probe, unless the check has one of its own. */
const checkPort = (service: Service, places: Places): Finding[] => {
  if (hasPorts(service, places)) return [];
  const port = commonPort(matchesOf(service, places));
  return serversOf(service, places).flatMap(({ value, path, server }) => {
    const isChecked =
      server !== service.sorryServer &&
      !(['check', 'checks'] as const).some((field) => places.isGiven<RealServer>(server, field));
    const hasPort = value.port !== 0 || (port !== undefined && port !== 0);
    return !isChecked || hasPort ? [] : [{ path, message: 'no port to check: give the server or its check a port' }];
  });
};

const checkChoice = (owner: Service | RealServer, places: Places): Finding[] =>
  places.isGiven(owner, 'check') && places.isGiven(owner, 'checks')
    ? [{ path: places.of(owner, 'checks'), message: '"check" is given already', other: places.of(owner, 'check') }]
    : [];

export const checkProbes = (service: Service, places: Places): Finding[] => [
  ...checkPort(service, places),
  ...[service, ...present(service.realServers)].flatMap((owner) => checkChoice(owner, places)),
];
