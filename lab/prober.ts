// Controls the client's prober: starts it in cl0 and collects its requests.

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hosts } from './hosts.ts';
import { type Attempt, within } from './outage.ts';
import { servicePort, virtualAddress } from './topology.ts';

/** The client's report every 100 ms: requests ended since the last, and the start of the oldest open one (or now). */
export type Batch = { readonly oldest: number; readonly attempts: readonly Attempt[] };

export type Prober = {
  /** The requests that started in a window, sorted; waits until all have ended. */
  readonly between: (begin: number, end: number) => Promise<readonly Attempt[]>;
  /** The requests that started since a moment and have ended. */
  readonly since: (begin: number) => readonly Attempt[];
  /** Ends the client. */
  readonly stop: () => Promise<void>;
};

/** In milliseconds. */
export type Pace = {
  /** Between two requests. */
  readonly every: number;
  /** Until a request without a connection is given up. */
  readonly timeout: number;
  /** Until a request with a connection is given up; absent for the same. */
  readonly answerTimeout?: number;
};

/** A host that is cut off does not connect; a connected one may answer late if hosts share one processor. */
export const usualPace: Pace = { every: 20, timeout: 1000, answerTimeout: 5000 };

/** The client is warm once this many consecutive requests were quick; in any case after `warmLimit` ms. */
const warmRequests = 25;
const warmLimit = 15_000;
const isQuick = ({ ok, duration }: Attempt): boolean => ok && duration < 150;

/** Starts the client in cl0: requests to the service, each on a new connection. Resolves once it is warm. */
export const startProber = async (
  hosts: Pick<Hosts, 'start' | 'program' | 'clockAhead'>,
  pace = usualPace,
  address: string = virtualAddress,
): Promise<Prober> => {
  const { every, timeout, answerTimeout = timeout } = pace;
  const args = [address, ...[servicePort, every, timeout, answerTimeout].map(String)];
  const child = hosts.start('cl0', [...hosts.program('client'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const attempts: Attempt[] = [];
  let settled = 0;

  if (child.stdout === null) throw new Error('The client has no standard output');
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const batch: Batch = JSON.parse(line);
    const ahead = hosts.clockAhead('cl0');
    attempts.push(...batch.attempts.map((attempt) => ({ ...attempt, start: Math.round(attempt.start - ahead) })));
    settled = batch.oldest - ahead;
  });
  // The first requests of cold programs measure the processor, not the service.
  const isWarm = () => attempts.length >= warmRequests && attempts.slice(-warmRequests).every(isQuick);
  for (let waited = 0; waited < warmLimit && !isWarm(); waited += 50) await sleep(50);

  return {
    between: async (begin, end) => {
      while (settled < end && child.exitCode === null) await sleep(50);
      return within(attempts, begin, end);
    },
    since: (begin) => within(attempts, begin, Number.POSITIVE_INFINITY),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
};
