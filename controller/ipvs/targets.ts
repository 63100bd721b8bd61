// From the configuration to what is probed, and from verdicts back to the standing of a real server. Pure.

import { createHash } from 'node:crypto';
import type { CheckConfig } from '../../config/model/check-model.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Health, Target } from '../../healthcheck/messages.ts';

/** A check without what it probes, which all servers of a service share; the digest is short, because each outcome names it. */
type SharedCheck = { readonly check: CheckConfig; readonly digest: string };

const shareCheck = ({ address: _address, port: _port, ...check }: CheckConfig): SharedCheck => ({
  check,
  digest: createHash('sha1').update(JSON.stringify(check)).digest('hex').slice(0, 8),
});

const targetOf = (
  { endpoint }: RealServerConfig,
  { address, port }: CheckConfig,
  { check, digest }: SharedCheck,
): Target => {
  const probed = { address: address ?? endpoint.address, port: port ?? endpoint.port };
  // The same for all that probe the same, so that they share one probe.
  return { id: `${probed.address}:${probed.port}/${check.type}/${digest}`, endpoint: probed, check };
};

export type TargetUse = { readonly service: VirtualServiceConfig; readonly server: RealServerConfig };

export type TargetPlan = {
  /** Everything that a director probes, each once. */
  readonly targets: readonly Target[];
  /** What a real server of a service depends on; undefined where the configuration has no such server. */
  readonly targetsOf: (service: string, server: string) => readonly Target[] | undefined;
  /** Which services depend on a target, and with which server. */
  readonly usesOf: (target: string) => readonly TargetUse[];
  /** The names of the real servers that depend on a target. */
  readonly serversOf: (target: string) => readonly string[];
};

/** Names, and not objects: what goes on from one configuration to the next is made anew by each. */
export const serverKey = (service: string, server: string): string => `${service} ${server}`;

/** Plans the probes of a configuration: a real server's own checks, or its service's. */
export const planTargets = (config: DirectorConfig): TargetPlan => {
  const targets = new Map<string, Target>();
  const byServer = new Map<string, readonly Target[]>();
  const uses = new Map<string, TargetUse[]>();
  const shared = new Map<CheckConfig, SharedCheck>();
  const sharedOf = (check: CheckConfig): SharedCheck => {
    const known = shared.get(check) ?? shareCheck(check);
    shared.set(check, known);
    return known;
  };
  for (const service of config.virtualServices) {
    for (const server of service.realServers) {
      const own = (server.checks ?? service.checks).map((check) => targetOf(server, check, sharedOf(check)));
      byServer.set(serverKey(service.name, server.name), own);
      for (const target of own) {
        targets.set(target.id, target);
        const known = uses.get(target.id);
        if (known === undefined) uses.set(target.id, [{ service, server }]);
        else if (known.at(-1)?.server !== server) known.push({ service, server });
      }
    }
  }
  return {
    targets: [...targets.values()],
    targetsOf: (service, server) => byServer.get(serverKey(service, server)),
    usesOf: (target) => uses.get(target) ?? [],
    serversOf: (target) => [...new Set((uses.get(target) ?? []).map(({ server }) => server.name))],
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
