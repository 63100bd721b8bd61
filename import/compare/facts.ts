// A configuration as facts, in a common form that keepalived's and regent's can be compared in. Pure.

import { posix } from 'node:path';

/** Fields of a subject, by name. */
export type Fields = ReadonlyMap<string, string>;

/** Subjects by name: `router VI_1`, `service 192.0.2.1:80 tcp, server 10.0.0.1:80`. */
export type Facts = ReadonlyMap<string, Fields>;

/** Fields without those that are absent. */
export const fields = (entries: Readonly<Record<string, string | number | boolean | undefined>>): Fields =>
  new Map(
    Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)] as const])),
  );

/** A command, with its program's path as in merged directories. */
export const commandText = ([program = '', ...rest]: readonly string[]): string =>
  [posix.normalize(program).replace(/^\/(s?bin)\//, '/usr/$1/'), ...rest].join(' ');

/** A path without `..` and doubled slashes. */
export const pathText = (path: string): string => posix.normalize(path);

export const sorted = (texts: readonly string[]): string => [...texts].sort().join(', ') || 'none';

/** keepalived's seconds, with six decimals or none, in milliseconds. */
export const milliseconds = (seconds: string | number): string => `${Math.round(Number(seconds) * 1e6) / 1e3} ms`;

export const endpointText = (address: string, port: number): string =>
  port === 0 ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** How long a tracked item must be down, and up again, before it counts. */
export const waitText = (down: number, up: number): string =>
  [...(down > 0 ? [` after ${down} ms down`] : []), ...(up > 0 ? [` after ${up} ms up`] : [])].join('');
