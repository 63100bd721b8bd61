// The keys of virtual services, real servers and IPVS, their defaults, and how they become the model.

import { z } from 'zod';
import { checksKeys, checksOf, defaultCheck, knownCheckKeys } from './check-schema.ts';
import type { Endpoint } from './model.ts';
import {
  type ConnectionSyncConfig,
  describeMatch,
  type ForwardingMethod,
  families,
  forwardingMethods,
  type IpvsTimeoutsConfig,
  type PersistenceConfig,
  protocols,
  type RealServerConfig,
  type ServiceMatch,
  schedulerFlags,
  schedulers,
  type TunnelConfig,
  tunnelChecksums,
  tunnelTypes,
  type VirtualServiceConfig,
} from './service-model.ts';
import { multicastGroup, percentage, serverAddress, serviceAddresses } from './service-values.ts';
import { milliseconds } from './units.ts';
import { choice, duration, flag, interfaceName, name, whole } from './values.ts';

const seconds = (count: number) => milliseconds(count * 1000);
const firewallMark = () => whole(1, 0xffff_ffff);

// 6080: what `ip fou add port 6080 gue` of the manuals listens on.
const guePort = 6080;
const plainTunnel: TunnelConfig = { type: 'ipip', port: 0, checksum: 'none' };

const tunnelKeys = {
  type: choice(tunnelTypes).default('ipip'),
  port: whole(1, 65_535).optional(),
  checksum: choice(tunnelChecksums).default('none'),
};

const tunnel = z
  .strictObject(tunnelKeys)
  .transform(
    ({ type, port, checksum }): TunnelConfig => ({ type, port: type === 'gue' ? (port ?? guePort) : 0, checksum }),
  );

const persistenceKeys = {
  timeout: duration('positive').default(seconds(300)),
  granularity: whole(1, 128).optional(),
  engine: choice(['sip']).optional(),
};

const persistence = z.strictObject(persistenceKeys).transform(
  ({ timeout, granularity, engine }): PersistenceConfig => ({
    timeout,
    ...(granularity !== undefined && { granularity }),
    ...(engine !== undefined && { engine }),
  }),
);

const sorryServerKeys = {
  name: name().optional(),
  address: serverAddress(),
  weight: whole(1, 65_535).default(1),
  forwarding: choice(forwardingMethods).optional(),
  tunnel: tunnel.optional(),
};

const realServerKeys = {
  ...sorryServerKeys,
  weight: whole(0, 65_535).default(1),
  max_connections: whole(0, 0xffff_ffff).optional(),
  resume_connections: whole(0, 0xffff_ffff).optional(),
  standby: flag().default(false),
  ...checksKeys,
};

const serviceKeys = {
  name: name(),
  address: serviceAddresses().optional(),
  addresses: z.array(serviceAddresses()).min(1).optional(),
  firewall_marks: z.array(firewallMark()).min(1).optional(),
  family: choice(families).default('ipv4'),
  protocol: choice(protocols).default('tcp'),
  scheduler: choice(schedulers).default('wrr'),
  scheduler_flags: z.array(choice(schedulerFlags)).default([]),
  one_packet: flag().default(false),
  persistence: persistence.optional(),
  forwarding: choice(forwardingMethods).default('masq'),
  tunnel: tunnel.prefault({}),
  snat: flag().default(false),
  ...checksKeys,
  drain_timeout: duration('zero').default(seconds(10)),
  quorum: whole(1, 0xffff_ffff).default(1),
  hysteresis: whole(0, 0xffff_ffff).default(0),
  // So that a director which is cut off alone, and finds every server failed, returns with its table whole.
  panic_threshold: percentage().default(1),
  slow_start: duration('zero').default(seconds(0)),
  max_connections: whole(0, 0xffff_ffff).default(0),
  resume_connections: whole(0, 0xffff_ffff).default(0),
  sorry_server: z.strictObject(sorryServerKeys).optional(),
  real_servers: z.array(z.strictObject(realServerKeys)),
};

type RawService = z.output<z.ZodObject<typeof serviceKeys>>;
type RawServer = RawService['real_servers'][number];

const matchesOf = (raw: RawService): ServiceMatch[] => [
  ...(raw.address ?? []),
  ...(raw.addresses ?? []).flat(),
  ...(raw.firewall_marks ?? []).map((mark) => ({ firewallMark: mark, family: raw.family })),
];

/** The one port of all the service's addresses; undefined where they differ or there is none. */
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
    name: server.name ?? describeMatch(endpoint),
    endpoint,
    weight: server.weight,
    forwarding,
    tunnel: forwarding === 'tunnel' ? (server.tunnel ?? raw.tunnel) : plainTunnel,
    maxConnections: server.max_connections ?? raw.max_connections,
    resumeConnections: server.resume_connections ?? (server.max_connections === undefined ? raw.resume_connections : 0),
    standby: server.standby,
    ...checksOf(server),
  };
};

const unlimited = { max_connections: 0, resume_connections: 0, standby: false };

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

const connectionSyncKeys = {
  interface: interfaceName(),
  sync_id: whole(0, 255),
  // Short messages leave sooner: at 100 requests a second none was lost in a handover that cost 10 with the kernel's 1472.
  max_length: whole(68, 65_515).default(100),
  group: multicastGroup().default('224.0.0.81'),
  port: whole(1, 65_535).default(8848),
  ttl: whole(1, 255).default(1),
  refresh: duration('positive').default(seconds(10)),
};

export const connectionSync = z.strictObject(connectionSyncKeys).transform(
  (raw): ConnectionSyncConfig => ({
    interface: raw.interface,
    syncId: raw.sync_id,
    maxLength: raw.max_length,
    group: raw.group,
    port: raw.port,
    ttl: raw.ttl,
    refresh: raw.refresh,
  }),
);

const timeoutKeys = {
  tcp: duration('positive').optional(),
  tcp_fin: duration('positive').optional(),
  udp: duration('positive').optional(),
};

export const ipvsTimeouts = z.strictObject(timeoutKeys).transform(
  (raw): IpvsTimeoutsConfig => ({
    ...(raw.tcp !== undefined && { tcp: raw.tcp }),
    ...(raw.tcp_fin !== undefined && { tcpFin: raw.tcp_fin }),
    ...(raw.udp !== undefined && { udp: raw.udp }),
  }),
);

/** The keys of these mappings, by their paths. */
export const knownServiceKeys = {
  virtual_services: serviceKeys,
  'virtual_services.persistence': persistenceKeys,
  'virtual_services.tunnel': tunnelKeys,
  ...knownCheckKeys('virtual_services'),
  'virtual_services.sorry_server': sorryServerKeys,
  'virtual_services.sorry_server.tunnel': tunnelKeys,
  'virtual_services.real_servers': realServerKeys,
  'virtual_services.real_servers.tunnel': tunnelKeys,
  connection_sync: connectionSyncKeys,
  ipvs_timeouts: timeoutKeys,
};
