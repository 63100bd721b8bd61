// A director that has just started does not preempt before its checks have spoken of every server: it would take the addresses
// from a peer that serves, and have nobody to send the connections to.

import { type Clock, elapsed, formatDuration, milliseconds } from '../config/units.ts';
import type { Health } from '../healthcheck/messages.ts';
import type { Log } from './log.ts';

export type FirstVerdicts = {
  /** Why routers are held back; absent once they are not. */
  readonly heldBack: () => string | undefined;
  /** Looks anew. @returns whether routers are held back no longer since this look */
  readonly look: () => boolean;
};

/** A prober that never speaks must not keep a better director from its place for good. */
const limit = milliseconds(60_000);

/** @param healths what is known of the real servers, by their names */
export const awaitFirstVerdicts = (
  healths: () => readonly { readonly name: string; readonly health: Health }[],
  clock: Clock,
  log: Log,
): FirstVerdicts => {
  const startedAt = clock();
  const unknown = (): string[] => healths().flatMap(({ name, health }) => (health === 'unknown' ? [name] : []));
  let isWaiting = unknown().length > 0;
  return {
    heldBack: () => (isWaiting ? 'it waits for the first verdicts of its checks' : undefined),
    look: () => {
      if (!isWaiting) return false;
      const left = unknown();
      const waited = elapsed(startedAt, clock());
      if (left.length > 0 && waited < limit) return false;
      isWaiting = false;
      if (left.length > 0) {
        const text = `may preempt although nothing is known of ${[...new Set(left)].join(', ')}: it has waited ${formatDuration(waited)}`;
        log('warn', { process: 'director' }, text);
      }
      return true;
    },
  };
};
