// The validated configuration: defaults filled in, durations in milliseconds.

import type { Milliseconds } from '../../base/units.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Family, IpAddress } from '../../net/ip-address.ts';
import type { ConnectionSyncConfig, IpvsTimeoutsConfig, VirtualServiceConfig } from './service-model.ts';
import type { TrackConfig, TrackedConfig } from './tracking-model.ts';

export const addressScopes = ['global', 'site', 'link', 'host'] as const;

/** An address that a master holds. */
export type VirtualAddress = Cidr & {
  /** Absent for the router's own. */
  readonly interface?: string;
  /** Absent for global; IPv4 only, as are label and broadcast. */
  readonly scope?: Exclude<(typeof addressScopes)[number], 'global'>;
  readonly label?: string;
  readonly broadcast?: IpAddress;
  /** IPv6: whether the host's own traffic may use it as source; by default not a /128. */
  readonly preferred?: boolean;
};

export const pathTypes = ['unicast', 'blackhole', 'unreachable', 'prohibit'] as const;

/** A route that comes and goes with the addresses. */
export type VirtualRoute = {
  readonly family: Family;
  /** The destination network; length 0 for the default route. */
  readonly to: IpAddress;
  readonly prefixLength: number;
  readonly type: (typeof pathTypes)[number];
  readonly via?: IpAddress;
  readonly interface?: string;
  readonly source?: IpAddress;
  readonly table: number;
  readonly metric: number;
  readonly scope?: (typeof addressScopes)[number];
  readonly onLink?: boolean;
  readonly mtu?: number;
};

/** A policy routing rule that comes and goes with the addresses. */
export type VirtualRule = {
  readonly family: Family;
  readonly priority: number;
  readonly from?: Cidr;
  readonly to?: Cidr;
  /** Input interface of packets. */
  readonly interface?: string;
  readonly mark?: number;
  readonly action: 'table' | Exclude<(typeof pathTypes)[number], 'unicast'>;
  /** The table that the action looks up; else 0. */
  readonly table: number;
};

/** Checksum of an IPv4 VRRPv3 advertisement: with the pseudo-header (RFC 5798) or over the message alone (RFC 9568). */
export type ChecksumDialect = 'rfc5798' | 'rfc9568';

/** How advertisements prove their origin. */
export type AuthenticationConfig =
  /** Version 2's eight bytes in clear text: for interoperability, not protection. */
  | { readonly type: 'password'; readonly password: string }
  /** keepalived's auth_hmac. */
  | {
      readonly type: 'hmac';
      /** File of keys, one a line; the first signs. */
      readonly keyFile: string;
      /** Largest accepted clock difference. */
      readonly window: Milliseconds;
      /** Enforce: sign and require. Permissive: sign, and accept unsigned packets. Receive-only: do not sign yet. */
      readonly mode: 'enforce' | 'permissive' | 'receive_only';
    };

export type RouterConfig = {
  readonly name: string;
  readonly interface: string;
  /** The family of its addresses and of its packets. */
  readonly family: Family;
  /** The source address; absent for the interface's first one. */
  readonly source?: IpAddress;
  /** Unicast peers; empty for multicast only. */
  readonly peers: readonly IpAddress[];
  /** Whether it also sends to the multicast group and listens to it. */
  readonly multicast: boolean;
  /** Whether unicast packets must come from a peer. */
  readonly checkSource: boolean;
  /** The least TTL or hop limit of unicast packets; multicast packets need 255. */
  readonly minTtl: number;
  readonly authentication?: AuthenticationConfig;
  /** Which advertisements with other addresses than ours count: those with some in common, all, or none. */
  readonly addressMismatch: 'overlap' | 'accept' | 'drop';
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  /** 1-254; 255 means that this host owns the addresses. */
  readonly priority: number;
  /** With priority 255: the addresses are removed while it is not master, instead of being the host's own. */
  readonly releasesAddresses?: true;
  readonly advertisementInterval: Milliseconds;
  /** Consecutive missed advertisements after which the master counts as dead. */
  readonly downAfter: number;
  readonly preempt: boolean;
  /** How long to wait before preempting a master of lower priority. */
  readonly preemptDelay: Milliseconds;
  /** Extra time to listen after each start of the router. */
  readonly startDelay: Milliseconds;
  readonly track: readonly TrackConfig[];
  readonly checksum: ChecksumDialect;
  readonly addresses: readonly VirtualAddress[];
  /** Held and announced like the others, but not advertised; of either family. */
  readonly excluded: readonly VirtualAddress[];
  /** The interface with the router's virtual MAC; absent if the router's own interface serves. */
  readonly virtualMac?: { readonly interface: string };
  readonly routes: readonly VirtualRoute[];
  readonly rules: readonly VirtualRule[];
  /** Whether the addresses have a kernel lifetime that a living master keeps renewing. */
  readonly lease: boolean;
  /** Whether a master answers on its addresses; an owner always does. */
  readonly accept: boolean;
  /** Interval of repeated announcements; 0 for never. */
  readonly announceEvery: Milliseconds;
};

/** Routers that change state together. */
export type GroupConfig = {
  readonly name: string;
  readonly routers: readonly string[];
  /** Tracked by each of its routers. */
  readonly track: readonly TrackConfig[];
};

export type VrrpConfig = TrackedConfig & {
  readonly routers: readonly RouterConfig[];
  readonly groups: readonly GroupConfig[];
  /** How long the vrrp process keeps its mastership without a controller. */
  readonly hold: Milliseconds;
  /** Limit of gratuitous ARP and neighbour advertisements per interface and second. */
  readonly announceRate: number;
};

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];
/** The parts of the director that log. */
export const logRooms = ['director', 'vrrp', 'health', 'ipvs'] as const;
export type LogRoom = (typeof logRooms)[number];
export type LogConfig = {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  /** Levels of single rooms instead of `level`. */
  readonly levels: Readonly<Partial<Record<LogRoom, LogLevel>>>;
  /** A log file beside standard output; a full one is renamed, and `keep` old ones stay. */
  readonly file?: { readonly path: string; readonly maxBytes: number; readonly keep: number };
};

/** The other directors, which receive drains and weights set by command. */
export type PeersConfig = {
  readonly listen: Endpoint;
  /** Holds the secret that all directors share. */
  readonly keyFile: string;
  readonly directors: readonly Endpoint[];
};

export const notificationSubjects = ['router', 'group', 'server', 'service', 'split-brain'] as const;
export type NotificationSubject = (typeof notificationSubjects)[number];

/** A receiver of notifications. */
export type NotificationConfig = {
  readonly name: string;
  readonly about: readonly NotificationSubject[];
  readonly to:
    | { readonly type: 'script'; readonly command: readonly string[] }
    | { readonly type: 'webhook'; readonly url: string; readonly headers: Readonly<Record<string, string>> }
    | { readonly type: 'fifo'; readonly path: string };
  readonly timeout: Milliseconds;
  /** Retries of a failed delivery. */
  readonly retries: number;
};

/** Where Prometheus may ask, beside the control socket. */
export type MetricsConfig = { readonly listen: Endpoint };

export type DirectorConfig = {
  readonly director: string;
  readonly vrrp: VrrpConfig;
  readonly virtualServices: readonly VirtualServiceConfig[];
  /** Absent: the directors do not synchronize connections. */
  readonly connectionSync?: ConnectionSyncConfig;
  readonly ipvsTimeouts: IpvsTimeoutsConfig;
  readonly log: LogConfig;
  readonly peers?: PeersConfig;
  readonly notifications: readonly NotificationConfig[];
  readonly metrics?: MetricsConfig;
  /** Whether a saved configuration file is applied at once. */
  readonly watch: boolean;
};
