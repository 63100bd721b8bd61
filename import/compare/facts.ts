// What a configuration amounts to, as facts that keepalived's and regent's words for it can be compared by. Pure.

/** What is said of a thing: its fields by their names. */
export type Fields = ReadonlyMap<string, string>;

/** Things by what they are called: `router VI_1`, `service 192.0.2.1:80 tcp, server 10.0.0.1:80`. */
export type Facts = ReadonlyMap<string, Fields>;

/** Fields of those values that are there. */
export const fields = (entries: Readonly<Record<string, string | number | boolean | undefined>>): Fields =>
  new Map(
    Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)] as const])),
  );

/** A command, its program where merged directories have it. */
export const commandText = (words: readonly string[]): string => words.join(' ').replace(/^\/(s?bin)\//, '/usr/$1/');

export const sorted = (texts: readonly string[]): string => [...texts].sort().join(', ') || 'none';

/** Milliseconds of keepalived's seconds, with six decimals or none. */
export const milliseconds = (seconds: string | number): string => `${Math.round(Number(seconds) * 1e6) / 1e3} ms`;

export const endpointText = (address: string, port: number): string =>
  port === 0 ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
