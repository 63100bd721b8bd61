// What is known of the targets of the configuration in force: their latest verdicts, probes and warnings.

import { type Clock, type Milliseconds, monotonic } from '../../base/units.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import { type KeptStandings, keepStandings } from './kept-standings.ts';
import { type Known, standingOfServer } from './server-standing.ts';
import { type KnownTargets, planTargets, type TargetPlan } from './targets.ts';

/** In place: a new object a probe would be garbage of the old generation five seconds later, thousands a second. */
export type LatestProbe = {
  ok: boolean;
  latency: Milliseconds;
  error: string | undefined;
  certificateExpires: number | undefined;
};

/** Changed in place, by reports and by another configuration. */
export type TargetStandings = {
  plan: TargetPlan;
  /** Of servers with a target that has no verdict yet. */
  kept: KeptStandings<Known>;
  /** By target, as all that follow. */
  readonly verdicts: Map<string, Known>;
  readonly probes: Map<string, LatestProbe>;
  readonly warnings: Map<string, string>;
};

export type OpenTargetStandings = {
  readonly known: TargetStandings;
  /** Takes another configuration. */
  readonly configure: (next: DirectorConfig) => void;
};

export const openTargetStandings = (config: DirectorConfig, clock: Clock = monotonic): OpenTargetStandings => {
  const madeTargets: KnownTargets = new WeakMap();
  let inForce = config;
  const known: TargetStandings = {
    plan: planTargets(config, madeTargets),
    kept: new Map(),
    verdicts: new Map(),
    probes: new Map(),
    warnings: new Map(),
  };
  return {
    known,
    configure: (next) => {
      const { verdicts, probes, warnings } = known;
      const plan = planTargets(next, madeTargets);
      const now = { since: Date.now(), changedAt: clock() };
      const standingOf = (service: string, server: string): Known => standingOfServer(known, service, server, now);
      known.kept = keepStandings(inForce, next, standingOf, (id) => verdicts.has(id), plan);
      // A server that is configured again later begins unknown.
      for (const map of [verdicts, probes, warnings])
        for (const id of map.keys()) if (!plan.uses.has(id)) map.delete(id);
      known.plan = plan;
      inForce = next;
    },
  };
};
