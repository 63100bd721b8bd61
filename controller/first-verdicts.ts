// A director that has just started does not preempt before every server has a verdict: it would take the addresses from a serving
// peer without a server for the connections.

import { type Clock, elapsed, formatDuration, milliseconds } from '../base/units.ts';
import type { Health } from '../healthcheck/messages.ts';
import type { Log } from './log/log.ts';

export type FirstVerdicts = {
  /** Why routers are held back; undefined once they are free. */
  readonly heldBack: () => string | undefined;
  /** Checks again. @returns whether routers became free in this check */
  readonly look: () => boolean;
};

/** Logged after this: a healthcheck process without verdicts is a defect that is otherwise unnoticed while a peer serves. */
const patience = milliseconds(60_000);

/** @param healths the real servers' health, by name; read up to the first unknown one */
export const awaitFirstVerdicts = (
  healths: () => Iterable<{ readonly name: string; readonly health: Health }>,
  clock: Clock,
  log: Log,
): FirstVerdicts => {
  const startedAt = clock();
  const unknown = (): Set<string> =>
    new Set([...healths()].flatMap(({ name, health }) => (health === 'unknown' ? [name] : [])));
  const isAnyUnknown = (): boolean => {
    for (const { health } of healths()) if (health === 'unknown') return true;
    return false;
  };
  let isWaiting = isAnyUnknown();
  let isSaid = false;
  return {
    heldBack: () => (isWaiting ? 'it waits for the first verdicts of its checks' : undefined),
    look: () => {
      if (!isWaiting) return false;
      const waited = elapsed(startedAt, clock());
      isWaiting = isAnyUnknown();
      if (isWaiting && !isSaid && waited >= patience) {
        isSaid = true;
        const left = [...unknown()];
        const text = `does not preempt: no verdict on ${left.join(', ')} after ${formatDuration(waited)}; the current master stays`;
        log('warn', { process: 'director', event: 'preemption-held' }, text);
      }
      return !isWaiting;
    },
  };
};
