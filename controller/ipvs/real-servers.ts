// The standing of each real server, by its checks' verdicts and operators' commands. The IPVS table and the status read it.

import { type Clock, elapsed, type Milliseconds, monotonic } from '../../base/units.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Health } from '../../healthcheck/messages.ts';
import type { Commands } from '../operator/commands.ts';
import { standingOfServer } from './server-standing.ts';
import type { ServerStanding } from './service-judgement.ts';
import type { LatestProbe, TargetStandings } from './target-standings.ts';

/** The result of a server's probes, all its checks together. */
export type Observation = {
  readonly health: Health;
  readonly reason: string;
  /** Wall time of the verdict, milliseconds since the epoch. */
  readonly since: number;
  /** How long ago that was, by the monotonic clock. */
  readonly lasted: Milliseconds;
  /** The latest probe; of several checks, the failed one. */
  readonly probe?: Readonly<LatestProbe>;
};

export type RealServers = {
  readonly standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding;
  readonly observationOf: (service: VirtualServiceConfig, server: RealServerConfig) => Observation;
};

export const readRealServers = (
  known: Readonly<TargetStandings>,
  commands: () => Commands,
  clock: Clock = monotonic,
): RealServers => ({
  standingOf: (service, server) => {
    const { health, weight: checked } = standingOfServer(known, service.name, server.name, {
      since: Date.now(),
      changedAt: clock(),
    });
    const { drained = false, weight } = commands().get(server.name) ?? {};
    return {
      health,
      drained,
      ...(weight !== undefined && { commandedWeight: weight }),
      ...(checked !== undefined && { checkedWeight: checked }),
    };
  },
  observationOf: (service, server) => {
    const now = { since: Date.now(), changedAt: clock() };
    const { health, reason, since, changedAt } = standingOfServer(known, service.name, server.name, now);
    const targets = known.plan.targetsOf(service.name, server.name) ?? [];
    const own = targets.flatMap(({ id }) => known.probes.get(id) ?? []);
    const probe = own.find(({ ok }) => !ok) ?? own[0];
    return { health, reason, since, lasted: elapsed(changedAt, now.changedAt), ...(probe !== undefined && { probe }) };
  },
});
