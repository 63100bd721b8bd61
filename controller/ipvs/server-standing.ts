// The standing of a real server by the verdicts on its targets. Pure.

import type { Instant } from '../../base/units.ts';
import type { Health } from '../../healthcheck/messages.ts';
import type { KeptStandings } from './kept-standings.ts';
import { serverKey, type TargetPlan } from './targets.ts';

/** The known state of one target. */
export type TargetStanding = {
  readonly health: Health;
  readonly reason: string;
  /** The weight from its check; absent where the check gives none. */
  readonly weight?: number;
};

/** When something became known: wall time, milliseconds since the epoch, and the monotonic clock's. */
export type Moment = { readonly since: number; readonly changedAt: Instant };

export type Known = TargetStanding & Moment;

export const unknownSince = (moment: Moment): Known => ({ health: 'unknown', reason: 'not probed yet', ...moment });

/**
 * Joins the standings of a server's checks: all must pass. Any check that is down makes it down; until all are known it is
 * unknown. Of several weights the lowest counts. A server without checks is up.
 */
export const joinStandings = (standings: readonly TargetStanding[]): TargetStanding => {
  const weights = standings.flatMap(({ weight }) => weight ?? []);
  const weight = weights.length === 0 ? {} : { weight: Math.min(...weights) };
  const down = standings.filter(({ health }) => health === 'down');
  const decisive = down[0] ?? standings.find(({ health }) => health === 'unknown') ?? standings.at(-1);
  if (decisive === undefined) return { health: 'up', reason: 'it has no check' };
  const { health, reason } = decisive;
  return { health, reason, ...weight };
};

/** What is known of the targets of one configuration. */
export type KnownTargetStandings = {
  readonly plan: TargetPlan;
  /** By target. */
  readonly verdicts: ReadonlyMap<string, Known>;
  /** Of servers with a target that has no verdict yet. */
  readonly kept: KeptStandings<Known>;
};

/** @param now counts for what has no time of its own */
export const standingOfServer = (
  { plan, verdicts, kept }: KnownTargetStandings,
  service: string,
  server: string,
  now: Moment,
): Known => {
  const knownFor = (target: string): Known =>
    verdicts.get(target) ?? kept.get(serverKey(service, server)) ?? unknownSince(now);
  const targets = plan.targetsOf(service, server);
  if (targets === undefined) return unknownSince(now);
  const [only] = targets;
  if (only !== undefined && targets.length === 1) return knownFor(only.id);
  const standings = targets.map(({ id }) => knownFor(id));
  const joined = joinStandings(standings);
  const deciding = standings.find(({ health, reason }) => health === joined.health && reason === joined.reason);
  const { since, changedAt } = deciding ?? now;
  return { ...joined, since, changedAt };
};
