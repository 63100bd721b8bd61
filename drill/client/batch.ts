// What the client is asked to do, and what it reports.

import type { Drill } from '../scenario/keys.ts';

/** Times in milliseconds. */
export type ClientPlan = {
  readonly host: string;
  readonly port: number;
  /** Of the Host header. */
  readonly authority: string;
  readonly path: string;
  readonly download: string;
  /** Between two requests. */
  readonly every: number;
  readonly timeout: number;
  readonly answerTimeout: number;
  readonly established: number;
  readonly downloads: number;
};

/** Start by the wall clock, duration, time until connected or null, 1 for good, and the server or what was wrong. */
export type Outcome = readonly [number, number, number | null, 0 | 1, string];

/** A connection that is kept. Times by the wall clock, 0 for never. */
export type KeptConnection = {
  readonly id: number;
  readonly kind: 'keep-alive' | 'download';
  readonly opened: number;
  /** The last data. */
  readonly heard: number;
  readonly server?: string | undefined;
  /** Absent while it is open. */
  readonly ended?: number;
  readonly why?: string;
};

export type Batch = {
  /** The client's clock. */
  readonly now: number;
  /** The start of the oldest request that is open; now without one. */
  readonly settled: number;
  readonly requests: readonly Outcome[];
  readonly connections: readonly KeptConnection[];
  /** Requests so far that were due while the client did not run. */
  readonly skipped: number;
};

export const planOf = ({ client }: Drill): ClientPlan => {
  const { hostname, port, host, pathname, search } = new URL(client.get);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 80 : Number(port),
    authority: host,
    path: `${pathname}${search}`,
    download: `/${client.download}`,
    every: 1000 / client.rate,
    timeout: client.timeout,
    answerTimeout: client.answerTimeout,
    established: client.established,
    downloads: client.downloads,
  };
};
