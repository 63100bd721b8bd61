// The configuration as the program sees it: defaults filled in, durations in milliseconds. Its types follow from the declared keys.

import type { logLevels, logRooms } from '../schema/log-keys.ts';
import type { directorOf } from './director.ts';

type Data<T> = T extends string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Data<Item>[]
    : { readonly [Name in keyof T]: Data<T[Name]> };

export type WrittenServices = {
  readonly text: string;
  readonly lines: {
    /** The column of the dashes. */
    readonly column: number;
    /** The offset of each service's first line. */
    readonly starts: readonly number[];
    /** The offset of the line after the last service. */
    readonly end: number;
  };
};

export type DirectorConfig = Data<ReturnType<typeof directorOf>> & {
  /** Each service as the file has it, in JSON: commands add real servers to it, and remove them. */
  readonly serviceTexts?: readonly string[];
  /** The whole text of the file, and the lines of each service, where a reload may read only what has changed. */
  readonly written?: WrittenServices;
};

export type VrrpConfig = DirectorConfig['vrrp'];
export type RouterConfig = VrrpConfig['routers'][number];
/** Routers that change state together. */
export type GroupConfig = VrrpConfig['groups'][number];
/** An address that a master holds. */
export type VirtualAddress = RouterConfig['addresses'][number];
/** A route that comes and goes with the addresses. */
export type VirtualRoute = RouterConfig['routes'][number];
/** A policy routing rule that comes and goes with the addresses. */
export type VirtualRule = RouterConfig['rules'][number];
/** How advertisements prove their origin. */
export type AuthenticationConfig = NonNullable<RouterConfig['authentication']>;
/** Checksum of an IPv4 VRRPv3 advertisement: with the pseudo-header (RFC 5798) or over the message alone (RFC 9568). */
export type ChecksumDialect = RouterConfig['checksum'];

/** Addresses that several directors announce at once. */
export type AnycastConfig = NonNullable<DirectorConfig['anycast']>;
/** Anycast addresses that are announced and withdrawn together. */
export type AnnouncedConfig = AnycastConfig['addresses'][number];

export type LogConfig = DirectorConfig['log'];
export type LogLevel = (typeof logLevels)[number];
export type LogRoom = (typeof logRooms)[number];

/** The other directors, which receive drains and weights set by command. */
export type PeersConfig = NonNullable<DirectorConfig['peers']>;
/** What follows a verdict on a split brain. */
export type SplitBrainConfig = NonNullable<DirectorConfig['splitBrain']>;
export type MetricsConfig = NonNullable<DirectorConfig['metrics']>;
/** A receiver of notifications. */
export type NotificationConfig = DirectorConfig['notifications'][number];
export type NotificationSubject = NotificationConfig['about'][number];
