// From the configuration to what is probed, and from verdicts back to the standing of a real server. Pure.

import { createHash } from 'node:crypto';
import type { CheckConfig } from '../../config/model/check-model.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig } from '../../config/model/service-model.ts';
import type { Health, Target } from '../../healthcheck/messages.ts';

const targetOf = ({ endpoint }: RealServerConfig, { address, port, ...check }: CheckConfig): Target => {
  const probed = { address: address ?? endpoint.address, port: port ?? endpoint.port };
  // Short, because each outcome names it; the same for all that probe the same, so that they share one probe.
  const digest = createHash('sha1').update(JSON.stringify(check)).digest('hex').slice(0, 8);
  return { id: `${probed.address}:${probed.port}/${check.type}/${digest}`, endpoint: probed, check };
};

export type TargetPlan = {
  /** Everything that a director probes, each once. */
  readonly targets: readonly Target[];
  /** What one real server depends on. */
  readonly targetsOf: (server: RealServerConfig) => readonly Target[];
  /** The names of the real servers that depend on a target. */
  readonly serversOf: (target: string) => readonly string[];
};

/** Plans the probes of a configuration: a real server's own checks, or its service's. */
export const planTargets = (config: DirectorConfig): TargetPlan => {
  const targets = new Map<string, Target>();
  const byServer = new Map<RealServerConfig, readonly Target[]>();
  const names = new Map<string, string[]>();
  for (const service of config.virtualServices) {
    for (const server of service.realServers) {
      const own = (server.checks ?? service.checks).map((check) => targetOf(server, check));
      byServer.set(server, own);
      for (const target of own) {
        targets.set(target.id, target);
        const known = names.get(target.id) ?? [];
        if (!known.includes(server.name)) names.set(target.id, [...known, server.name]);
      }
    }
  }
  return {
    targets: [...targets.values()],
    targetsOf: (server) => byServer.get(server) ?? [],
    serversOf: (target) => names.get(target) ?? [],
  };
};

/** What is known of one target. */
export type TargetStanding = {
  readonly health: Health;
  readonly reason: string;
  /** The weight that its check gives; absent where it gives none. */
  readonly weight?: number;
};

/**
 * Joins the standings of a server's checks: all must pass. One that is down makes it down; until
 * all are known it is unknown. Of several weights the lowest counts. A server without checks is up.
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
