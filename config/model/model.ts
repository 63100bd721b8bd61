// The configuration as the program sees it: validated, defaults filled in, durations in milliseconds.

import type { Milliseconds } from '../../base/units.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Family, IpAddress } from '../../net/ip-address.ts';
import type { ConnectionSyncConfig, IpvsTimeoutsConfig, VirtualServiceConfig } from './service-model.ts';
import type { TrackConfig, TrackedConfig } from './tracking-model.ts';

export const addressScopes = ['global', 'site', 'link', 'host'] as const;

/** An address that a master holds. */
export type VirtualAddress = Cidr & {
  /** Where it is not the router's own. */
  readonly interface?: string;
  /** Where it is not global; IPv4 alone, as label and broadcast are. */
  readonly scope?: Exclude<(typeof addressScopes)[number], 'global'>;
  readonly label?: string;
  readonly broadcast?: IpAddress;
  /** IPv6: whether the host's own traffic may leave from it; by default not from a /128. */
  readonly preferred?: boolean;
};

export const pathTypes = ['unicast', 'blackhole', 'unreachable', 'prohibit'] as const;

/** A route that comes and goes with the addresses. */
export type VirtualRoute = {
  readonly family: Family;
  /** The network that it leads to; length 0 for the default route. */
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

/** A rule of policy routing that comes and goes with the addresses. */
export type VirtualRule = {
  readonly family: Family;
  readonly priority: number;
  readonly from?: Cidr;
  readonly to?: Cidr;
  /** Of packets that came in by it. */
  readonly interface?: string;
  readonly mark?: number;
  readonly action: 'table' | Exclude<(typeof pathTypes)[number], 'unicast'>;
  /** Where the action is to look into it; else 0. */
  readonly table: number;
};

/** Which sum an IPv4 VRRPv3 advertisement carries: with the pseudo-header (RFC 5798) or over the message alone (RFC 9568). */
export type ChecksumDialect = 'rfc5798' | 'rfc9568';

/** How advertisements prove where they come from. */
export type AuthenticationConfig =
  /** Version 2's eight bytes in clear text: for interoperability, no protection. */
  | { readonly type: 'password'; readonly password: string }
  /** keepalived's auth_hmac. */
  | {
      readonly type: 'hmac';
      /** Keys, one a line, the first of which signs. */
      readonly keyFile: string;
      /** How far the clocks may differ. */
      readonly window: Milliseconds;
      /** Enforce: sign and demand. Permissive: sign, and accept what is unsigned. Receive-only: do not sign yet. */
      readonly mode: 'enforce' | 'permissive' | 'receive_only';
    };

export type RouterConfig = {
  readonly name: string;
  readonly interface: string;
  /** That of its addresses, over which it also speaks. */
  readonly family: Family;
  /** The address to send from, where it is not the interface's first one. */
  readonly source?: IpAddress;
  /** Whom to speak with directly; none for multicast alone. */
  readonly peers: readonly IpAddress[];
  /** Whether it speaks to the group and hears it, beside any peers. */
  readonly multicast: boolean;
  /** Whether what is sent to this host directly must come from a peer. */
  readonly checkSource: boolean;
  /** The least TTL or hop limit of what is sent to this host directly; from the group it is always 255. */
  readonly minTtl: number;
  readonly authentication?: AuthenticationConfig;
  /** Which advertisements with other addresses than ours count: those with some in common, all, or none. */
  readonly addressMismatch: 'overlap' | 'accept' | 'drop';
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  /** 1-254; 255 means that this host owns the addresses. */
  readonly priority: number;
  /** With priority 255: the addresses go when it is not master, instead of being the host's own. */
  readonly releasesAddresses?: true;
  readonly advertisementInterval: Milliseconds;
  /** How many advertisements in a row must be missed before the master counts as dead. */
  readonly downAfter: number;
  readonly preempt: boolean;
  /** How long a living master of lower priority is borne with before it is preempted. */
  readonly preemptDelay: Milliseconds;
  /** How much longer than usual the router listens whenever it starts. */
  readonly startDelay: Milliseconds;
  readonly track: readonly TrackConfig[];
  readonly checksum: ChecksumDialect;
  readonly addresses: readonly VirtualAddress[];
  /** Held and announced as the others are, but not advertised; of either family. */
  readonly excluded: readonly VirtualAddress[];
  /** The interface that has the router's virtual MAC; absent where its own interface's serves. */
  readonly virtualMac?: { readonly interface: string };
  readonly routes: readonly VirtualRoute[];
  readonly rules: readonly VirtualRule[];
  /** Whether the addresses carry a kernel lifetime that a living master keeps renewing. */
  readonly lease: boolean;
  /** Whether a master answers on its addresses; an owner always does. */
  readonly accept: boolean;
  /** How often a master repeats its announcements; 0 for never. */
  readonly announceEvery: Milliseconds;
};

/** Routers that change state together. */
export type GroupConfig = {
  readonly name: string;
  readonly routers: readonly string[];
  /** What each of its routers tracks. */
  readonly track: readonly TrackConfig[];
};

export type VrrpConfig = TrackedConfig & {
  readonly routers: readonly RouterConfig[];
  readonly groups: readonly GroupConfig[];
  /** How long the vrrp process keeps its mastership without a controller. */
  readonly hold: Milliseconds;
  /** How many gratuitous ARP and neighbour advertisements leave an interface each second, at most. */
  readonly announceRate: number;
};

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];
/** Which part of the director speaks. */
export const logRooms = ['director', 'vrrp', 'health', 'ipvs'] as const;
export type LogRoom = (typeof logRooms)[number];
export type LogConfig = {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  /** Levels of single rooms in place of `level`. */
  readonly levels: Readonly<Partial<Record<LogRoom, LogLevel>>>;
  /** A file of its own beside standard output; a full one is renamed, and as many are kept. */
  readonly file?: { readonly path: string; readonly maxBytes: number; readonly keep: number };
};

/** The other directors, which are told of drains and weights by command. */
export type PeersConfig = {
  readonly listen: Endpoint;
  /** Holds the secret that all of them share. */
  readonly keyFile: string;
  readonly directors: readonly Endpoint[];
};

export const notificationSubjects = ['router', 'group', 'server', 'service', 'split-brain'] as const;
export type NotificationSubject = (typeof notificationSubjects)[number];

/** Somebody outside who is told what happens. */
export type NotificationConfig = {
  readonly name: string;
  readonly about: readonly NotificationSubject[];
  readonly to:
    | { readonly type: 'script'; readonly command: readonly string[] }
    | { readonly type: 'webhook'; readonly url: string; readonly headers: Readonly<Record<string, string>> }
    | { readonly type: 'fifo'; readonly path: string };
  readonly timeout: Milliseconds;
  /** How often a failed delivery is tried again. */
  readonly retries: number;
};

/** Where Prometheus may ask, beside the control socket. */
export type MetricsConfig = { readonly listen: Endpoint };

export type DirectorConfig = {
  readonly director: string;
  readonly vrrp: VrrpConfig;
  readonly virtualServices: readonly VirtualServiceConfig[];
  /** Absent: the directors do not tell each other of connections. */
  readonly connectionSync?: ConnectionSyncConfig;
  readonly ipvsTimeouts: IpvsTimeoutsConfig;
  readonly log: LogConfig;
  readonly peers?: PeersConfig;
  readonly notifications: readonly NotificationConfig[];
  readonly metrics?: MetricsConfig;
  /** Whether a saved configuration file is applied at once. */
  readonly watch: boolean;
};
