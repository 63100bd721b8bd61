// Rules about virtual services: clashes, and combinations that the kernel's IPVS does not support.

import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import { type Family, families, familyOf } from '../../net/ip-address.ts';
import { readEndpoint, readServiceAddresses } from '../schema/service-values.ts';
import type { Path } from '../source/position.ts';
import {
  type Finding,
  findRepeated,
  findRepeatedNames,
  type Item,
  isRecord,
  itemAt,
  listAt,
  recordsAt,
} from './finding.ts';

type Placed<Value> = { readonly value: Value; readonly path: Path };
type Match = {
  readonly key: string;
  readonly text: string;
  readonly family: Family;
  readonly port: number | undefined;
};

const addressesOf = (service: Item): Placed<Endpoint>[] =>
  [{ value: service.written.address, path: [...service.path, 'address'] }, ...listAt(service, 'addresses')].flatMap(
    ({ value, path }) => (readServiceAddresses(value) ?? []).map((address) => ({ value: address, path })),
  );

const matchesOf = (service: Item): Placed<Match>[] => {
  const { protocol, family } = service.value;
  const known = families.find((one) => one === family);
  return [
    ...addressesOf(service).map(({ value: { address, port }, path }) => ({
      value: {
        key: `${protocol} ${address} ${port}`,
        text: formatEndpoint({ address, port }),
        family: familyOf(address),
        port,
      },
      path,
    })),
    ...listAt(service, 'firewall_marks').flatMap(({ value, path }) =>
      known === undefined
        ? []
        : {
            value: { key: `mark ${value} ${known}`, text: `mark ${value} ${known}`, family: known, port: undefined },
            path,
          },
    ),
  ];
};

type Server = Placed<Endpoint> & { readonly item: Item; readonly forwarding: unknown };

const serverItemsOf = (service: Item): Item[] => {
  const sorry = service.written.sorry_server;
  return [
    ...recordsAt(service, 'real_servers'),
    ...(isRecord(sorry) ? [itemAt(sorry, [...service.path, 'sorry_server'])] : []),
  ];
};

const serversOf = (service: Item): Server[] =>
  serverItemsOf(service).flatMap((item) => {
    const endpoint = readEndpoint(item.written.address);
    const forwarding = item.value.forwarding ?? service.value.forwarding;
    return endpoint === undefined ? [] : [{ value: endpoint, path: [...item.path, 'address'], item, forwarding }];
  });

/** A complaint about one key of a service, if the service has it. */
const about = (service: Item, key: string, message: string): Finding[] =>
  service.written[key] === undefined ? [] : [{ path: [...service.path, key], message }];

const checkMatches = (service: Item): Finding[] => {
  const { path } = service;
  const hasAny = ['address', 'addresses', 'firewall_marks'].some((key) => service.written[key] !== undefined);
  const without = matchesOf(service).find(({ value: { port } }) => port === 0);
  return [
    ...(hasAny ? [] : [{ path, message: 'a service needs an address, addresses or firewall_marks' }]),
    // ip_vs_schedule: "port zero only supported in persistent services".
    ...(without !== undefined && service.written.persistence === undefined
      ? [{ path: without.path, message: 'a service of every port needs persistence; give a port or persistence' }]
      : []),
  ];
};

// Only masquerading rewrites the destination port (ip_vs_dr_xmit and ip_vs_tunnel_xmit leave the packet as it is).
const checkPorts = (service: Item): Finding[] => {
  const matches = matchesOf(service);
  const ports = new Set(matches.map(({ value: { port } }) => port));
  const [port] = ports;
  if (ports.size !== 1 || port === undefined) return [];
  return serversOf(service).flatMap(({ value, path, forwarding }) => {
    if (value.port === 0 || value.port === port || (forwarding !== 'direct' && forwarding !== 'tunnel')) return [];
    return [
      {
        path,
        message: `${forwarding} forwarding keeps the port, so it must be ${port === 0 ? 'left out' : port}`,
        other: matches[0]?.path ?? service.path,
        suggestion: formatEndpoint({ ...value, port }),
      },
    ];
  });
};

// ip_vs_genl_set_cmd: destinations of the other family must be tunnelled, and the sync protocol cannot carry them.
const checkFamilies = (service: Item, hasSync: boolean): Finding[] => {
  const matches = matchesOf(service);
  return serversOf(service).flatMap(({ value, path, forwarding }) => {
    const family = familyOf(value.address);
    const stranger = matches.find((match) => match.value.family !== family);
    if (stranger === undefined) return [];
    const message =
      forwarding !== 'tunnel'
        ? `${forwarding} forwarding keeps the address family, but the service is ${stranger.value.family}: only tunnel can change it`
        : hasSync
          ? `connection_sync cannot carry an ${family} server of an ${stranger.value.family} service`
          : undefined;
    return message === undefined ? [] : [{ path, message, other: stranger.path }];
  });
};

const checkModes = (service: Item): Finding[] => {
  const { scheduler, protocol, snat, persistence } = service.value;
  const flags = listAt(service, 'scheduler_flags');
  const marks = listAt(service, 'firewall_marks');
  const rewritten = serversOf(service).find(({ forwarding }) => forwarding === 'direct' || forwarding === 'tunnel');
  const hasFour = matchesOf(service).some(({ value: { family } }) => family === 'ipv4');
  const granularity = isRecord(persistence) ? Number(persistence.granularity ?? 0) : 0;
  return [
    ...(flags.length > 0 && scheduler !== 'sh' && scheduler !== 'mh'
      ? about(service, 'scheduler_flags', `only the schedulers sh and mh have flags, not ${scheduler}`)
      : []),
    ...(service.value.one_packet === true && protocol !== 'udp' && marks.length === 0
      ? about(service, 'one_packet', 'only datagrams are scheduled one by one: it needs protocol udp or firewall_marks')
      : []),
    ...(isRecord(persistence) && persistence.engine === 'sip' && protocol !== 'udp'
      ? [
          {
            path: [...service.path, 'persistence', 'engine'],
            message: 'the engine sip reads UDP: it needs protocol udp',
          },
        ]
      : []),
    ...(hasFour && granularity > 32
      ? [{ path: [...service.path, 'persistence', 'granularity'], message: 'an IPv4 address has 32 bits' }]
      : []),
    ...(snat === true && rewritten !== undefined
      ? [
          {
            path: [...service.path, 'snat'],
            message: `snat needs masq: with ${rewritten.forwarding} forwarding replies do not pass the director`,
            other: rewritten.path,
          },
        ]
      : []),
    ...(snat === true && marks.length > 0
      ? about(service, 'snat', 'snat finds its connections by address: it cannot be used with firewall_marks')
      : []),
  ];
};

const checkThresholds = (service: Item, item: Item): Finding[] => {
  const { max_connections: own, resume_connections: resume } = item.value;
  const max = Number(own ?? service.value.max_connections ?? 0);
  return typeof resume === 'number' && resume > 0 && resume >= max
    ? [
        {
          path: [...item.path, 'resume_connections'],
          message: max === 0 ? 'it needs max_connections' : `must be below max_connections, ${max}`,
        },
      ]
    : [];
};

const checkQuorum = (service: Item): Finding[] => {
  const { quorum, hysteresis } = service.value;
  const isGiven = ['quorum', 'hysteresis'].some((key) => service.written[key] !== undefined);
  if (!isGiven || typeof quorum !== 'number' || typeof hysteresis !== 'number') return [];
  // An invalid weight is unknown and may be enough.
  const total = recordsAt(service, 'real_servers')
    .filter(({ value: { standby } }) => standby !== true)
    .reduce((sum, { value: { weight } }) => sum + (typeof weight === 'number' ? weight : Number.POSITIVE_INFINITY), 0);
  const key = service.written.hysteresis === undefined ? 'quorum' : 'hysteresis';
  const path = [...service.path, key];
  return [
    ...(quorum + hysteresis > total
      ? [{ path, message: `a quorum of ${quorum + hysteresis} is never reached: the weights add up to ${total}` }]
      : []),
    ...(hysteresis > 0 && hysteresis >= quorum ? [{ path, message: `must be below the quorum, ${quorum}` }] : []),
  ];
};

// A service for every port has no port to probe, unless the check has one of its own.
const checkProbePort = (service: Item): Finding[] => {
  const { check, checks } = service.written;
  const ports = new Set(matchesOf(service).map(({ value: { port } }) => port));
  const [port] = ports;
  const hasOwn = (one: unknown): boolean =>
    isRecord(one) && (typeof one.port === 'number' || ['ping', 'script', 'file'].includes(String(one.type)));
  const given = Array.isArray(checks) ? checks : [check];
  if (given.every(hasOwn)) return [];
  return serversOf(service).flatMap(({ value, path, item }) => {
    const isChecked =
      item.path.at(-1) !== 'sorry_server' && item.written.check === undefined && item.written.checks === undefined;
    const own = value.port !== 0 || (ports.size === 1 && port !== undefined && port !== 0);
    return !isChecked || own ? [] : [{ path, message: 'no port to check: give the server or its check a port' }];
  });
};

const checkChoiceOfChecks = ({ written: value, path }: Item): Finding[] =>
  value.check !== undefined && value.checks !== undefined
    ? [{ path: [...path, 'checks'], message: 'there is "check" already', other: [...path, 'check'] }]
    : [];

const checkService = (service: Item, hasSync: boolean): Finding[] => {
  const servers = serversOf(service);
  const items = recordsAt(service, 'real_servers');
  return [
    ...findRepeatedNames(serverItemsOf(service), 'real server'),
    ...findRepeated(
      servers.map(({ value: { address, port }, path }) => ({
        key: `${address} ${port}`,
        path,
        message: `real server ${formatEndpoint({ address, port })} is given twice`,
      })),
    ),
    ...checkMatches(service),
    ...checkPorts(service),
    ...checkFamilies(service, hasSync),
    ...checkModes(service),
    ...checkQuorum(service),
    ...checkProbePort(service),
    ...[service, ...items].flatMap(checkChoiceOfChecks),
    ...[service, ...items].flatMap((item) => checkThresholds(service, item)),
  ];
};

/** A service on an address that drops incoming packets can never be reached. */
export const checkReached = (root: Item, silent: ReadonlyMap<string, Path>): Finding[] =>
  recordsAt(root, 'virtual_services')
    .flatMap(addressesOf)
    .flatMap(({ value: { address }, path }) => {
      const other = silent.get(address);
      return other === undefined
        ? []
        : [
            {
              path: other,
              message: `accept is off, so that nothing reaches ${address}, which a service has`,
              other: path,
            },
          ];
    });

/** Checks the virtual services of a document. */
export const checkServices = (root: Item): Finding[] => {
  const services = recordsAt(root, 'virtual_services');
  return [
    ...findRepeatedNames(services, 'service'),
    ...findRepeated(
      services.flatMap(matchesOf).map(({ value: { key, text }, path }) => ({
        key,
        path,
        message: `service ${text} is given twice`,
      })),
    ),
    ...services.flatMap((service) => checkService(service, isRecord(root.written.connection_sync))),
  ];
};
