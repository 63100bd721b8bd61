// Plans probes from the configuration, and maps verdicts back to the standing of a real server. Pure.

import { createHash } from 'node:crypto';
import type { CheckConfig } from '../../config/model/check-model.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Health, Target } from '../../healthcheck/messages.ts';

/** A check without its endpoint, shared by all servers of a service; the digest is short, because each outcome carries it. */
type SharedCheck = { readonly check: CheckConfig; readonly digest: string };

/** @param known the checks by their text; the check is added */
const shareCheck = (
  { address: _address, port: _port, ...check }: CheckConfig,
  known: Map<string, SharedCheck>,
): SharedCheck => {
  const text = JSON.stringify(check);
  const shared = known.get(text) ?? { check, digest: createHash('sha1').update(text).digest('hex').slice(0, 8) };
  known.set(text, shared);
  return shared;
};

const targetOf = (
  { endpoint }: RealServerConfig,
  { address, port }: CheckConfig,
  { check, digest }: SharedCheck,
): Target => {
  const probed = { address: address ?? endpoint.address, port: port ?? endpoint.port };
  // Equal for equal probes, so that they share one.
  return { id: `${probed.address}:${probed.port}/${check.type}/${digest}`, endpoint: probed, check };
};

export type TargetUse = { readonly service: VirtualServiceConfig; readonly server: RealServerConfig };

export type TargetPlan = {
  /** All targets of a director, each once. */
  readonly targets: readonly Target[];
  /** The targets of a service's real server; undefined where the configuration has no such server. */
  readonly targetsOf: (service: string, server: string) => readonly Target[] | undefined;
  /** The services that depend on a target, with the server in each. */
  readonly usesOf: (target: string) => readonly TargetUse[];
  /** The real servers that depend on a target, by name. */
  readonly serversOf: (target: string) => readonly string[];
};

/** A key of names, not objects: each configuration makes new objects. */
export const serverKey = (service: string, server: string): string => `${service} ${server}`;

type ServerTargets = { readonly server: RealServerConfig; readonly targets: readonly Target[] };

/** The targets of each server of a service, by its name, kept for configurations that have the same service. */
export type KnownTargets = WeakMap<VirtualServiceConfig, ReadonlyMap<string, ServerTargets>>;

/**
 * Plans the probes of a configuration: a real server's own checks, or its service's.
 * @param known what earlier plans have made; the new ones are added
 */
export const planTargets = (config: DirectorConfig, known: KnownTargets = new WeakMap()): TargetPlan => {
  const byService = new Map<string, ReadonlyMap<string, ServerTargets>>();
  const used = new Map<string, { readonly target: Target; readonly uses: TargetUse[] }>();
  const [byText, byCheck] = [new Map<string, SharedCheck>(), new Map<CheckConfig, SharedCheck>()];
  const sharedOf = (check: CheckConfig): SharedCheck => {
    const shared = byCheck.get(check) ?? shareCheck(check, byText);
    byCheck.set(check, shared);
    return shared;
  };
  const targetsOf = (service: VirtualServiceConfig): ReadonlyMap<string, ServerTargets> => {
    const ofServer = (server: RealServerConfig): readonly [string, ServerTargets] => [
      server.name,
      {
        server,
        targets: (server.checks ?? service.checks).map((check) => targetOf(server, check, sharedOf(check))),
      },
    ];
    const made = known.get(service) ?? new Map(service.realServers.map(ofServer));
    known.set(service, made);
    return made;
  };
  for (const service of config.virtualServices) {
    const servers = targetsOf(service);
    byService.set(service.name, servers);
    for (const { server, targets } of servers.values()) {
      for (const target of targets) {
        const { uses } = used.get(target.id) ?? {};
        if (uses === undefined) used.set(target.id, { target, uses: [{ service, server }] });
        else if (uses.at(-1)?.server !== server) uses.push({ service, server });
      }
    }
  }
  const usesOf = (target: string): readonly TargetUse[] => used.get(target)?.uses ?? [];
  return {
    targets: Array.from(used.values(), ({ target }) => target),
    targetsOf: (service, server) => byService.get(service)?.get(server)?.targets,
    usesOf,
    serversOf: (target) => [...new Set(usesOf(target).map(({ server }) => server.name))],
  };
};

/** The known state of one target. */
export type TargetStanding = {
  readonly health: Health;
  readonly reason: string;
  /** The weight from its check; absent where the check gives none. */
  readonly weight?: number;
};

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
