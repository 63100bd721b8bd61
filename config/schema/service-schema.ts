// The keys of virtual services, real servers and IPVS, their defaults, and their conversion to the model.

import { z } from 'zod';
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import { families } from '../../net/ip-address.ts';
import {
  type ForwardingMethod,
  forwardingMethods,
  type PersistenceConfig,
  protocols,
  type RealServerConfig,
  type ServiceMatch,
  schedulerFlags,
  schedulers,
  type VirtualServiceConfig,
} from '../model/service-model.ts';
import { checksKeys, checksOf, defaultCheck, knownCheckKeys } from './check-schema.ts';
import { connectionSyncKeys, timeoutKeys } from './ipvs-schema.ts';
import { plainTunnel, realServerKeys, sorryServerKeys, tunnel, tunnelKeys } from './server-schema.ts';
import { percentage, serviceAddresses } from './service-values.ts';
import { choice, duration, flag, name, whole } from './values.ts';

const firewallMark = () => whole(1, 0xffff_ffff);

const persistenceKeys = {
  timeout: duration('positive')
    .prefault('5m')
    .describe('How long a client keeps its server after its last connection.'),
  granularity: whole(1, 128).optional().meta({
    description: 'Clients whose addresses agree in so many bits share a server. Without it each has its own.',
    unit: 'bits',
    example: 24,
  }),
  engine: choice(['sip'])
    .optional()
    .describe('sip: it is each call of a client that keeps its server, known by its Call-ID (udp).'),
};

const persistence = z.strictObject(persistenceKeys).transform(
  ({ timeout, granularity, engine }): PersistenceConfig => ({
    timeout,
    ...(granularity !== undefined && { granularity }),
    ...(engine !== undefined && { engine }),
  }),
);

const serviceKeys = {
  name: name().meta({ description: 'What commands, logs and metrics call it.', example: 'web' }),
  address: serviceAddresses().optional().meta({
    description:
      'What clients connect to: an address and a port, or a range of addresses. Without a port every port, which needs persistence.',
    example: '192.168.55.100:80',
  }),
  addresses: z
    .array(serviceAddresses())
    .min(1)
    .optional()
    .meta({
      description: 'More of them.',
      example: ['192.168.55.100:443', '192.168.55.101-109:80'],
    }),
  firewall_marks: z
    .array(firewallMark())
    .min(1)
    .optional()
    .meta({
      description: 'Packets with such a mark of the firewall, beside or instead of addresses.',
      example: [7],
    }),
  family: choice(families).default('ipv4').describe('Of the packets with firewall_marks.'),
  protocol: choice(protocols).default('tcp').describe('Of its connections; packets with firewall_marks may be of any.'),
  scheduler: choice(schedulers)
    .default('wrr')
    .describe(
      "How connections are spread: the kernel's ip_vs_* modules. sed, nq and ovf count established connections alone, so all of UDP goes to one server.",
    ),
  scheduler_flags: z
    .array(choice(schedulerFlags))
    .default([])
    .meta({
      description:
        'Of sh and mh. fallback: clients of a server that drains or is full go to another, and are refused without it. port: a client is known by its port, too.',
      example: ['fallback'],
    }),
  one_packet: flag().default(false).describe('Each datagram is scheduled by itself (udp).'),
  persistence: persistence.optional().describe('A client keeps its server: give {} for the defaults.'),
  forwarding: choice(forwardingMethods)
    .default('masq')
    .describe('How packets reach the servers: masquerading (NAT), direct routing, or a tunnel.'),
  tunnel: tunnel.prefault({}).describe('With forwarding by tunnel.'),
  snat: flag()
    .default(false)
    .describe(
      "Rewrite the client's address too (FULLNAT), so that replies return through this director whatever the servers' routes. It hides clients, and shares 64k ports a server.",
    ),
  ...checksKeys,
  drain_timeout: duration('zero')
    .prefault('10s')
    .describe('How long a failed server may keep its connections before its destination is removed.'),
  inhibit: flag()
    .default(false)
    .describe('Whether a failed server stays in the table, with weight 0, until it is healthy again.'),
  quorum: whole(1, 0xffff_ffff).default(1).meta({
    description:
      'How much the weights of healthy servers must add up to; else standby servers or the sorry server take over.',
    unit: 'weight',
  }),
  hysteresis: whole(0, 0xffff_ffff).default(0).meta({
    description: 'The quorum is gained at quorum plus this, and lost below quorum minus this.',
    unit: 'weight',
  }),
  // So that an isolated director, which finds every server failed, returns with its table whole.
  panic_threshold: percentage()
    .prefault('1%')
    .describe(
      'With a smaller share of healthy servers all that were healthy before are used, as the checks are then hardly to be believed; 0 for never.',
    ),
  slow_start: duration('zero')
    .prefault('0s')
    .describe('How long a recovered server takes to come back to its weight; 0s for at once.'),
  max_connections: whole(0, 0xffff_ffff).default(0).meta({
    description: 'A server with so many gets no new ones; 0 for no limit.',
    unit: 'connections',
  }),
  resume_connections: whole(0, 0xffff_ffff).default(0).meta({
    description: 'A server that was full gets new ones below this; 0 for three quarters of the limit.',
    unit: 'connections',
  }),
  sorry_server: z
    .strictObject(sorryServerKeys)
    .optional()
    .describe('Takes the connections when the quorum is lost and no standby server is healthy. It is not checked.'),
  real_servers: z.array(z.strictObject(realServerKeys)).describe('Who does the work.'),
};

type RawService = z.output<z.ZodObject<typeof serviceKeys>>;
type RawServer = RawService['real_servers'][number];

const matchesOf = (raw: RawService): ServiceMatch[] => [
  ...(raw.address ?? []),
  ...(raw.addresses ?? []).flat(),
  ...(raw.firewall_marks ?? []).map((mark) => ({ firewallMark: mark, family: raw.family })),
];

/** The port common to all addresses of the service; undefined if they differ or there is none. */
const commonPort = (matches: readonly ServiceMatch[]): number | undefined => {
  const ports = new Set(matches.map((match) => ('port' in match ? match.port : undefined)));
  return ports.size === 1 ? [...ports][0] : undefined;
};

/** Only masquerading rewrites the port, so only there may a server's differ. */
const endpointOf = (given: Endpoint, forwarding: ForwardingMethod, port: number | undefined): Endpoint =>
  given.port === 0 || forwarding !== 'masq' ? { ...given, port: port ?? given.port } : given;

const realServerOf = (raw: RawService, port: number | undefined, server: RawServer): RealServerConfig => {
  const forwarding = server.forwarding ?? raw.forwarding;
  const endpoint = endpointOf(server.address, forwarding, port);
  return {
    name: server.name ?? formatEndpoint(endpoint),
    endpoint,
    weight: server.weight,
    forwarding,
    tunnel: forwarding === 'tunnel' ? (server.tunnel ?? raw.tunnel) : plainTunnel,
    maxConnections: server.max_connections ?? raw.max_connections,
    resumeConnections: server.resume_connections ?? (server.max_connections === undefined ? raw.resume_connections : 0),
    standby: server.standby,
    inhibit: server.inhibit ?? raw.inhibit,
    ...checksOf(server),
  };
};

const unlimited = { max_connections: 0, resume_connections: 0, standby: false, inhibit: false };

export const service = z.strictObject(serviceKeys).transform((raw): VirtualServiceConfig => {
  const matches = matchesOf(raw);
  const port = commonPort(matches);
  return {
    name: raw.name,
    matches,
    protocol: raw.protocol,
    scheduler: raw.scheduler,
    schedulerFlags: raw.scheduler_flags,
    onePacket: raw.one_packet,
    ...(raw.persistence !== undefined && { persistence: raw.persistence }),
    snat: raw.snat,
    checks: [defaultCheck],
    ...checksOf(raw),
    drainTimeout: raw.drain_timeout,
    quorum: raw.quorum,
    hysteresis: raw.hysteresis,
    panicThreshold: raw.panic_threshold,
    slowStart: raw.slow_start,
    ...(raw.sorry_server !== undefined && {
      sorryServer: realServerOf(raw, port, { ...unlimited, ...raw.sorry_server }),
    }),
    realServers: raw.real_servers.map((server) => realServerOf(raw, port, server)),
  };
});

/** The keys of these mappings, by their paths. */
export const knownServiceKeys = {
  virtual_services: serviceKeys,
  'virtual_services.persistence': persistenceKeys,
  'virtual_services.tunnel': tunnelKeys,
  ...knownCheckKeys('virtual_services'),
  'virtual_services.sorry_server': sorryServerKeys,
  'virtual_services.sorry_server.tunnel': tunnelKeys,
  'virtual_services.real_servers': realServerKeys,
  ...knownCheckKeys('virtual_services.real_servers'),
  'virtual_services.real_servers.tunnel': tunnelKeys,
  connection_sync: connectionSyncKeys,
  ipvs_timeouts: timeoutKeys,
};
