// Virtual services and real servers in the validated model: defaults filled in, every address expanded.

import type { Milliseconds } from '../../base/units.ts';
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import type { Family, IpAddress } from '../../net/ip-address.ts';
import type { CheckConfig } from './check-model.ts';

export const protocols = ['tcp', 'udp', 'sctp'] as const;
export type Protocol = (typeof protocols)[number];

export const forwardingMethods = ['masq', 'direct', 'tunnel'] as const;
export type ForwardingMethod = (typeof forwardingMethods)[number];

export const schedulers = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'dh',
  'sh',
  'sed',
  'nq',
  'fo',
  'ovf',
  'mh',
  'twos',
] as const;

export const schedulerFlags = ['fallback', 'port'] as const;
export type SchedulerFlag = (typeof schedulerFlags)[number];

/** What a service matches: one address with one port (0 for every port), or packets with a firewall mark. */
export type ServiceMatch = Endpoint | { readonly firewallMark: number; readonly family: Family };

export const tunnelTypes = ['ipip', 'gue', 'gre'] as const;
export const tunnelChecksums = ['none', 'full', 'remote'] as const;

/** Encapsulation of tunnelled packets. */
export type TunnelConfig = {
  readonly type: (typeof tunnelTypes)[number];
  /** Port of the outer UDP datagram (gue); else 0. */
  readonly port: number;
  readonly checksum: (typeof tunnelChecksums)[number];
};

export type PersistenceConfig = {
  /** How long a client keeps its server after its last connection. */
  readonly timeout: Milliseconds;
  /** Prefix length of client addresses that share a server; absent for each its own. */
  readonly granularity?: number;
  readonly engine?: 'sip';
};

export type RealServerConfig = {
  /** Name in commands and logs: its `name`, or else `address:port`. */
  readonly name: string;
  /** Port 0: the client's destination port. */
  readonly endpoint: Endpoint;
  readonly weight: number;
  readonly forwarding: ForwardingMethod;
  readonly tunnel: TunnelConfig;
  /** Connections at which it gets no new ones; 0 for no limit. */
  readonly maxConnections: number;
  /** Connections below which it gets new ones again; 0 for three quarters of the limit. */
  readonly resumeConnections: number;
  /** It takes connections only while the other servers lack their quorum. */
  readonly standby: boolean;
  /** Whether a failed server stays in the table with weight 0. */
  readonly inhibit: boolean;
  /** Its own checks instead of the service's. */
  readonly checks?: readonly CheckConfig[];
};

export type VirtualServiceConfig = {
  readonly name: string;
  readonly matches: readonly ServiceMatch[];
  readonly protocol: Protocol;
  readonly scheduler: string;
  readonly schedulerFlags: readonly SchedulerFlag[];
  /** Each datagram is scheduled by itself. */
  readonly onePacket: boolean;
  readonly persistence?: PersistenceConfig;
  /** Rewrite the client's address too (FULLNAT), so that replies return through the director that forwarded. */
  readonly snat: boolean;
  /** All must pass; a server without checks counts as up. */
  readonly checks: readonly CheckConfig[];
  /** How long a failed server may keep its established connections before its destination is removed. */
  readonly drainTimeout: Milliseconds;
  /** Weight of healthy servers that the service needs. */
  readonly quorum: number;
  /** The quorum is gained at `quorum` plus this and lost below `quorum` minus this. */
  readonly hysteresis: number;
  /** Percentage of healthy servers below which all are used; 0 for never. */
  readonly panicThreshold: number;
  /** How long a recovered server takes to return to its weight; 0 for at once. */
  readonly slowStart: Milliseconds;
  /** Takes the connections when the quorum is lost and no standby server is healthy. It is not checked. */
  readonly sorryServer?: RealServerConfig;
  readonly realServers: readonly RealServerConfig[];
};

/** How the directors' kernels synchronize connections. */
export type ConnectionSyncConfig = {
  readonly interface: string;
  readonly syncId: number;
  readonly maxLength: number;
  readonly group: IpAddress;
  readonly port: number;
  readonly ttl: number;
  /** An established connection is sent at most once in this time, unless its state changes. */
  readonly refresh: Milliseconds;
  /** How long a router does not preempt while connections of its peers are missing here. */
  readonly preemptWait: Milliseconds;
};

/** How long IPVS keeps an idle connection; absent to keep the kernel's setting. */
export type IpvsTimeoutsConfig = {
  readonly tcp?: Milliseconds;
  readonly tcpFin?: Milliseconds;
  readonly udp?: Milliseconds;
};

/** Text of a match: `192.168.55.100:80`, `[fd00::64]:80`, `192.168.55.100` (every port), `mark 7`. */
export const describeMatch = (match: ServiceMatch): string => {
  if ('firewallMark' in match) return `mark ${match.firewallMark}${match.family === 'ipv6' ? ' ipv6' : ''}`;
  return formatEndpoint(match);
};
