// A director that has just started does not preempt before every server has a verdict: it would take the addresses from a serving
// peer without a server for the connections.

import { type Clock, elapsed, formatDuration, milliseconds } from '../base/units.ts';
import type { Log } from './log/log.ts';

export type FirstVerdicts = {
  /** Why routers are held back; undefined once they are free. */
  readonly heldBack: () => string | undefined;
  /** Checks again. @returns whether routers became free in this check */
  readonly look: () => boolean;
};

/** Logged after this: a healthcheck process without verdicts is a defect that is otherwise unnoticed while a peer serves. */
const patience = milliseconds(60_000);

export type AwaitedServer = { readonly name: string; readonly isUnknown: () => boolean };

/**
 * @param configuration another object after each reload
 * @param servers its real servers
 */
export const awaitFirstVerdicts = (
  configuration: () => unknown,
  servers: () => Iterable<AwaitedServer>,
  clock: Clock,
  log: Log,
): FirstVerdicts => {
  const startedAt = clock();
  const unknown = (): Set<string> =>
    new Set([...servers()].flatMap(({ name, isUnknown }) => (isUnknown() ? [name] : [])));
  /** Where the next look begins: the server that was unknown at the last one. All before it are known, and stay so in this configuration. */
  let found:
    | { readonly of: unknown; readonly server: AwaitedServer; readonly rest: Iterator<AwaitedServer> }
    | undefined;
  const isAnyUnknown = (): boolean => {
    const of = configuration();
    const last = found !== undefined && found.of === of ? found : undefined;
    if (last?.server.isUnknown()) return true;
    const rest = last?.rest ?? servers()[Symbol.iterator]();
    for (let next = rest.next(); next.done !== true; next = rest.next())
      if (next.value.isUnknown()) {
        found = { of, server: next.value, rest };
        return true;
      }
    // Nothing of this configuration is to be kept.
    found = undefined;
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
