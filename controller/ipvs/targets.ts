// Plans probes from the configuration: what to probe, and which real servers depend on it. Pure.

import { createHash } from 'node:crypto';
import { flatText } from '../../base/flat-text.ts';
import type { CheckConfig } from '../../config/model/check-model.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Target } from '../../healthcheck/messages.ts';

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
  const isOwn = address === undefined && port === undefined;
  const probed = isOwn ? endpoint : { address: address ?? endpoint.address, port: port ?? endpoint.port };
  // Equal for equal probes, so that they share one.
  return {
    id: flatText(probed.address, ':', probed.port, '/', check.type, '/', digest),
    endpoint: probed,
    check,
  };
};

/** A key of names, not objects: each configuration makes new objects. */
export const serverKey = (service: string, server: string): string => `${service} ${server}`;

export type TargetUse = {
  readonly service: VirtualServiceConfig;
  readonly server: RealServerConfig;
};

export type TargetPlan = {
  /** All targets of a director, each once. */
  readonly targets: readonly Target[];
  /** The targets of a service's real server; undefined where the configuration has no such server. */
  readonly targetsOf: (service: string, server: string) => readonly Target[] | undefined;
  /** The services that depend on a target, with the server in each, by the target's id. */
  readonly uses: ReadonlyMap<string, readonly TargetUse[]>;
};

type ServersTargets = ReadonlyMap<string, readonly Target[]>;

/** The targets of each server of a service, by its name, kept for configurations that have the same service. */
export type KnownTargets = WeakMap<VirtualServiceConfig, ServersTargets>;

/**
 * Plans the probes of a configuration: a real server's own checks, or its service's.
 * @param known what earlier plans have made; the new ones are added
 */
export const planTargets = (config: DirectorConfig, known: KnownTargets = new WeakMap()): TargetPlan => {
  const byService = new Map<string, ServersTargets>();
  const used = new Map<string, Target>();
  const uses = new Map<string, TargetUse[]>();
  const [byText, byCheck] = [new Map<string, SharedCheck>(), new Map<CheckConfig, SharedCheck>()];
  const sharedOf = (check: CheckConfig): SharedCheck => {
    const shared = byCheck.get(check) ?? shareCheck(check, byText);
    byCheck.set(check, shared);
    return shared;
  };
  const targetsOf = (service: VirtualServiceConfig): ServersTargets => {
    const ofServer = (server: RealServerConfig): readonly [string, readonly Target[]] => [
      server.name,
      (server.checks ?? service.checks).map((check) => targetOf(server, check, sharedOf(check))),
    ];
    const made = known.get(service) ?? new Map(service.realServers.map(ofServer));
    known.set(service, made);
    return made;
  };
  for (const service of config.virtualServices) {
    const servers = targetsOf(service);
    byService.set(service.name, servers);
    for (const server of service.realServers) {
      for (const target of servers.get(server.name) ?? []) {
        const before = uses.get(target.id);
        if (before === undefined) {
          used.set(target.id, target);
          // A list that begins with one item has no spare room: nearly all targets have one use.
          uses.set(target.id, [{ service, server }]);
        } else if (before.at(-1)?.server !== server) before.push({ service, server });
      }
    }
  }
  return {
    targets: [...used.values()],
    targetsOf: (service, server) => byService.get(service)?.get(server),
    uses,
  };
};
