// Virtual services and real servers as the program sees them: validated, defaults filled in, every address spelt out.

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

/** What a service answers to: one address with one port (0 for every port), or packets that a firewall has marked. */
export type ServiceMatch = Endpoint | { readonly firewallMark: number; readonly family: Family };

export const tunnelTypes = ['ipip', 'gue', 'gre'] as const;
export const tunnelChecksums = ['none', 'full', 'remote'] as const;

/** How a tunnelled packet is wrapped. */
export type TunnelConfig = {
  readonly type: (typeof tunnelTypes)[number];
  /** Of the outer UDP datagram (gue); 0 for the others. */
  readonly port: number;
  readonly checksum: (typeof tunnelChecksums)[number];
};

export type PersistenceConfig = {
  /** How long a client keeps its server after its last connection. */
  readonly timeout: Milliseconds;
  /** Clients whose addresses agree in so many bits share a server; absent for each its own. */
  readonly granularity?: number;
  readonly engine?: 'sip';
};

export type RealServerConfig = {
  /** How commands and logs call it: its `name`, or `address:port` where it has none. */
  readonly name: string;
  /** Port 0: the one that the client asked for. */
  readonly endpoint: Endpoint;
  readonly weight: number;
  readonly forwarding: ForwardingMethod;
  readonly tunnel: TunnelConfig;
  /** With so many connections it gets no new ones; 0 for no limit. */
  readonly maxConnections: number;
  /** With fewer than these it gets new ones again; 0 for three quarters of the limit. */
  readonly resumeConnections: number;
  /** It takes connections only while the others have lost their quorum. */
  readonly standby: boolean;
  /** Whether it stays with weight 0 when it has failed. */
  readonly inhibit: boolean;
  /** Its own checks, instead of the service's. */
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
  /** All must pass; a server without any counts as up. */
  readonly checks: readonly CheckConfig[];
  /** How long a failed server may keep its established connections before its destination is removed. */
  readonly drainTimeout: Milliseconds;
  /** Weight of healthy servers that the service needs. */
  readonly quorum: number;
  /** It is gained at `quorum` plus this and lost below `quorum` minus this. */
  readonly hysteresis: number;
  /** With a smaller share of healthy servers, in percent, all are used; 0 for never. */
  readonly panicThreshold: number;
  /** How long a recovered server takes to come back to its weight; 0 for at once. */
  readonly slowStart: Milliseconds;
  /** Takes the connections when the quorum is lost and no standby server is healthy. It is not checked. */
  readonly sorryServer?: RealServerConfig;
  readonly realServers: readonly RealServerConfig[];
};

/** How the kernels of the directors tell each other of connections. */
export type ConnectionSyncConfig = {
  readonly interface: string;
  readonly syncId: number;
  readonly maxLength: number;
  readonly group: IpAddress;
  readonly port: number;
  readonly ttl: number;
  /** An established connection is told of at most once in this time, unless its state changes. */
  readonly refresh: Milliseconds;
  /** How long a router does not preempt while connections of its peers are not known here. */
  readonly preemptWait: Milliseconds;
};

/** How long IPVS keeps a silent connection; what is absent stays as the kernel has it. */
export type IpvsTimeoutsConfig = {
  readonly tcp?: Milliseconds;
  readonly tcpFin?: Milliseconds;
  readonly udp?: Milliseconds;
};

/** How people call a match: `192.168.55.100:80`, `[fd00::64]:80`, `192.168.55.100` (every port), `mark 7`. */
export const describeMatch = (match: ServiceMatch): string => {
  if ('firewallMark' in match) return `mark ${match.firewallMark}${match.family === 'ipv6' ? ' ipv6' : ''}`;
  return formatEndpoint(match);
};
