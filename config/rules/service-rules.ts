// Rules about virtual services: clashes, and combinations that the kernel's IPVS does not support.

import { formatEndpoint } from '../../net/endpoint.ts';
import { familyOf } from '../../net/ip-address.ts';
import { type Finding, findRepeated, findRepeatedNames, present, type RealServer, type Service } from './finding.ts';
import type { Places } from './places.ts';
import { checkProbes } from './probe-rules.ts';
import { commonPort, matchesOf, serversOf } from './service-matches.ts';

/** What a service matches, and the servers that it spreads it over. */
type Spread = { readonly matches: ReturnType<typeof matchesOf>; readonly servers: ReturnType<typeof serversOf> };

const checkMatches = (service: Service, { matches }: Spread, places: Places): Finding[] => {
  const hasAny = (['address', 'addresses', 'firewallMarks'] as const).some((field) => places.isGiven(service, field));
  const without = matches.find(({ value: { port } }) => port === 0);
  return [
    ...(hasAny
      ? []
      : [{ path: places.of(service), message: 'a service needs an address, addresses or firewall_marks' }]),
    // ip_vs_schedule: "port zero only supported in persistent services".
    ...(without !== undefined && !places.isGiven(service, 'persistence')
      ? [{ path: without.path, message: 'a service on every port needs persistence: give a port or persistence' }]
      : []),
  ];
};

// Only masquerading rewrites the destination port (ip_vs_dr_xmit and ip_vs_tunnel_xmit leave the packet as it is).
const checkPorts = ({ matches, servers }: Spread): Finding[] => {
  const port = commonPort(matches);
  if (port === undefined) return [];
  return servers.flatMap(({ value, path, forwarding }) => {
    if (value.port === 0 || value.port === port || forwarding === undefined || forwarding === 'masq') return [];
    return [
      {
        path,
        message: `${forwarding} forwarding keeps the port, so it must be ${port === 0 ? 'left out' : port}`,
        other: matches[0]?.path,
        suggestion: formatEndpoint({ ...value, port }),
      },
    ];
  });
};

// ip_vs_genl_set_cmd: destinations of the other family must be tunnelled, and the sync protocol cannot carry them.
const checkFamilies = ({ matches, servers }: Spread, hasSync: boolean): Finding[] =>
  servers.flatMap(({ value, path, forwarding }) => {
    const family = familyOf(value.address);
    const stranger = matches.find((match) => match.value.family !== family);
    if (stranger === undefined || forwarding === undefined) return [];
    const message =
      forwarding !== 'tunnel'
        ? `${forwarding} forwarding keeps the address family, but the service is ${stranger.value.family}: only tunnel can change it`
        : hasSync
          ? `connection_sync cannot carry an ${family} server of an ${stranger.value.family} service`
          : undefined;
    return message === undefined ? [] : [{ path, message, other: stranger.path }];
  });

const checkPersistence = ({ persistence, protocol }: Service, hasFour: boolean, places: Places): Finding[] => {
  if (persistence === undefined) return [];
  const { granularity, engine } = persistence;
  return [
    ...(engine === 'sip' && protocol !== 'udp'
      ? [{ path: places.of(persistence, 'engine'), message: 'the engine sip needs protocol udp' }]
      : []),
    ...(hasFour && granularity !== undefined && granularity > 32
      ? [{ path: places.of(persistence, 'granularity'), message: 'an IPv4 address has 32 bits' }]
      : []),
  ];
};

const checkModes = (service: Service, { servers }: Spread, places: Places): Finding[] => {
  const { scheduler, protocol, snat } = service;
  const complain = (field: keyof Service, message: string): Finding => ({ path: places.of(service, field), message });
  const hasFlags = (service.schedulerFlags ?? []).length > 0;
  const hasMarks = (service.firewallMarks ?? []).length > 0;
  const rewritten = servers.find(({ forwarding }) => forwarding === 'direct' || forwarding === 'tunnel');
  return [
    ...(hasFlags && scheduler !== undefined && scheduler !== 'sh' && scheduler !== 'mh'
      ? [complain('schedulerFlags', `only the schedulers sh and mh have flags, not ${scheduler}`)]
      : []),
    ...(service.onePacket === true && protocol !== undefined && protocol !== 'udp' && !hasMarks
      ? [complain('onePacket', 'it needs protocol udp or firewall_marks')]
      : []),
    ...(snat === true && rewritten !== undefined
      ? [
          {
            ...complain(
              'snat',
              `snat needs masq: with ${rewritten.forwarding} forwarding replies do not pass the director`,
            ),
            other: rewritten.path,
          },
        ]
      : []),
    ...(snat === true && hasMarks
      ? [complain('snat', 'snat finds its connections by address: it cannot be used with firewall_marks')]
      : []),
  ];
};

const checkThresholds = (service: Service, owner: Service | RealServer, places: Places): Finding[] => {
  const { resumeConnections: resume } = owner;
  const max = (places.isGiven(owner, 'maxConnections') ? owner : service).maxConnections;
  return resume !== undefined && max !== undefined && resume > 0 && resume >= max
    ? [
        {
          path: places.of(owner, 'resumeConnections'),
          message: max === 0 ? 'it needs max_connections' : `must be below max_connections, ${max}`,
        },
      ]
    : [];
};

const checkQuorum = (service: Service, places: Places): Finding[] => {
  const { quorum, hysteresis } = service;
  const given = (['hysteresis', 'quorum'] as const).find((field) => places.isGiven(service, field));
  if (given === undefined || quorum === undefined || hysteresis === undefined) return [];
  // A weight that is wrong may be enough.
  const total = present(service.realServers)
    .filter(({ standby }) => standby !== true)
    .reduce((sum, { weight = Number.POSITIVE_INFINITY }) => sum + weight, 0);
  const path = places.of(service, given);
  return [
    ...(quorum + hysteresis > total
      ? [{ path, message: `a quorum of ${quorum + hysteresis} is never reached: the weights add up to ${total}` }]
      : []),
    ...(hysteresis > 0 && hysteresis >= quorum ? [{ path, message: `must be below the quorum, ${quorum}` }] : []),
  ];
};

const checkService = (service: Service, hasSync: boolean, places: Places): Finding[] => {
  const real = present(service.realServers);
  const spread = { matches: matchesOf(service, places), servers: serversOf(service, places) };
  const usualPort = commonPort(spread.matches);
  const hasFour = spread.matches.some(({ value: { family } }) => family === 'ipv4');
  return [
    ...findRepeatedNames([...real, ...present([service.sorryServer])], 'real server', places),
    ...findRepeated(
      spread.servers.map(({ value: { address, port }, path }) => ({
        // Without a port it has the service's.
        key: `${address} ${port === 0 ? (usualPort ?? 0) : port}`,
        path,
        message: `real server ${formatEndpoint({ address, port })} is given twice`,
      })),
    ),
    ...checkMatches(service, spread, places),
    ...checkPorts(spread),
    ...checkFamilies(spread, hasSync),
    ...checkPersistence(service, hasFour, places),
    ...checkModes(service, spread, places),
    ...checkQuorum(service, places),
    ...checkProbes(service, places),
    ...[service, ...real].flatMap((owner) => checkThresholds(service, owner, places)),
  ];
};

/** Checks the virtual services. @param hasSync whether the kernels synchronize connections */
export const checkServices = (services: readonly Service[], hasSync: boolean, places: Places): Finding[] => [
  ...findRepeatedNames(services, 'service', places),
  ...findRepeated(
    services
      .flatMap((service) => matchesOf(service, places))
      .map(({ value: { key, text }, path }) => ({ key, path, message: `service ${text} is given twice` })),
  ),
  ...services.flatMap((service) => checkService(service, hasSync, places)),
];
