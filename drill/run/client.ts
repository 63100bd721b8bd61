// The client of a run: collects its requests and connections, by this host's clock.

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch, ClientPlan, KeptConnection, Outcome } from '../client/batch.ts';
import { endOf, isGood } from '../recording/measures.ts';
import type { Target } from './target.ts';

export type Client = {
  readonly requests: () => readonly Outcome[];
  readonly connections: () => readonly KeptConnection[];
  readonly skipped: () => number;
  /** When the last good answer came; undefined before the first. */
  readonly lastAnswer: () => number | undefined;
  /** Waits until all requests that began before a moment have ended. */
  readonly settle: (moment: number) => Promise<void>;
  readonly isRunning: () => boolean;
  readonly stop: () => Promise<void>;
};

export const startClient = (
  target: Target,
  plan: ClientPlan,
  onBatch: (outcomes: readonly Outcome[]) => void,
): Client => {
  const child = target.startClient(plan);
  if (child.stdout === null) throw new Error('The client has no standard output');
  const requests: Outcome[] = [];
  let connections: readonly KeptConnection[] = [];
  let [settled, skipped] = [0, 0];
  let lastAnswer: number | undefined;
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  child.stdin?.on('error', () => {});

  createInterface({ input: child.stdout }).on('line', (line) => {
    const batch: Batch = JSON.parse(line);
    target.clientClock.hear(batch.now, Date.now());
    const { ahead } = target.clientClock.read();
    const shift = (time: number): number => (time === 0 ? 0 : time - ahead);
    const shifted = batch.requests.map(([start, ...rest]): Outcome => [start - ahead, ...rest]);
    requests.push(...shifted);
    connections = batch.connections.map((one) => ({
      ...one,
      opened: shift(one.opened),
      heard: shift(one.heard),
      ...(one.ended !== undefined && { ended: shift(one.ended) }),
    }));
    settled = batch.settled - ahead;
    ({ skipped } = batch);
    for (const outcome of shifted) if (isGood(outcome)) lastAnswer = Math.max(lastAnswer ?? 0, endOf(outcome));
    onBatch(shifted);
  });

  return {
    requests: () => requests,
    connections: () => connections,
    skipped: () => skipped,
    lastAnswer: () => lastAnswer,
    settle: async (moment) => {
      while (settled < moment && isRunning()) await sleep(50);
    },
    isRunning,
    stop: async () => {
      if (!isRunning()) return;
      const ended = once(child, 'exit');
      child.stdin?.end();
      child.kill('SIGTERM');
      await ended;
    },
  };
};
