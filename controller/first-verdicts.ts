// A director that has just started does not preempt before its checks have spoken of every server: it would take the addresses
// from a peer that serves, and have nobody to send the connections to.

import { type Clock, elapsed, formatDuration, milliseconds } from '../base/units.ts';
import type { Health } from '../healthcheck/messages.ts';
import type { Log } from './log/log.ts';

export type FirstVerdicts = {
  /** Why routers are held back; absent once they are not. */
  readonly heldBack: () => string | undefined;
  /** Looks anew. @returns whether routers are held back no longer since this look */
  readonly look: () => boolean;
};

/** After this it is said: a prober that does not speak is a defect, and while a peer serves nobody else would notice. */
const patience = milliseconds(60_000);

/** @param healths what is known of the real servers, by their names; read until the first that is unknown */
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
        const text = `does not preempt: nothing is known of ${left.join(', ')} after ${formatDuration(waited)}; a master that serves is left in its place`;
        log('warn', { process: 'director' }, text);
      }
      return !isWaiting;
    },
  };
};
