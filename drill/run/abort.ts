// The early end of a run: why it may not go on, checked all the time.

import { setTimeout as sleep } from 'node:timers/promises';

export class Aborted extends Error {}

/** Why a run may not go on; undefined while it may. */
export type Stopped = () => string | undefined;

const pollEvery = 50;

/** Waits for work. @throws Aborted as soon as the run may not go on, though the work does. */
export const unlessStopped = async <T>(work: Promise<T>, stopped: Stopped): Promise<T> => {
  let isDone = false;
  const end = () => {
    isDone = true;
  };
  const ended = work.then(end, end);
  while (!isDone) {
    const reason = stopped();
    if (reason !== undefined) throw new Aborted(reason);
    await Promise.race([ended, sleep(pollEvery)]);
  }
  return await work;
};

/** Waits. @param span in milliseconds. @throws Aborted as soon as the run may not go on. */
export const watchFor = async (span: number, stopped: Stopped): Promise<void> => {
  const end = performance.now() + span;
  while (performance.now() < end) {
    const reason = stopped();
    if (reason !== undefined) throw new Aborted(reason);
    await sleep(Math.min(pollEvery, Math.max(1, end - performance.now())));
  }
};
