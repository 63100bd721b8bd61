// What is known of the real servers: verdicts, and what operators commanded. The IPVS table and the status ask here.

import type { DirectorConfig } from '../config/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../config/service-model.ts';
import type { FromHealthcheck, Health, ProbeResult, Target } from '../healthcheck/messages.ts';
import type { Commands } from './commands.ts';
import type { ServerStanding } from './judgement.ts';
import type { Log } from './log.ts';

/** What the probes say of one target. */
export type Observation = {
  readonly health: Health;
  readonly reason: string;
  /** Wall time of the verdict, milliseconds since the epoch. */
  readonly since: number;
  readonly probe?: ProbeResult;
};

/** Services that name the same endpoint with the same check share one target. */
export const targetOf = ({ check }: VirtualServiceConfig, { endpoint }: RealServerConfig): Target => ({
  id: `${endpoint.address}:${endpoint.port} ${JSON.stringify(check)}`,
  endpoint,
  check,
});

export type RealServers = {
  readonly targets: () => readonly Target[];
  readonly standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding;
  readonly observationOf: (service: VirtualServiceConfig, server: RealServerConfig) => Observation;
  /** @returns whether a verdict has changed. */
  readonly hear: (message: FromHealthcheck) => boolean;
  /** Which services know a target, and under which name. */
  readonly usesOf: (target: string) => readonly { service: VirtualServiceConfig; server: RealServerConfig }[];
  readonly names: () => readonly string[];
};

export const openRealServers = (config: () => DirectorConfig, commands: () => Commands, log: Log): RealServers => {
  const observations = new Map<string, Observation>();
  const pairs = () =>
    config().virtualServices.flatMap((service) => service.realServers.map((server) => ({ service, server })));
  const names = (): string[] => [...new Set(pairs().map(({ server }) => server.name))];
  const usesOf = (target: string) => pairs().filter(({ service, server }) => targetOf(service, server).id === target);
  const observed = (id: string): Observation =>
    observations.get(id) ?? { health: 'unknown', reason: 'not probed yet', since: Date.now() };

  return {
    targets: () => [
      ...new Map(
        pairs().map(({ service, server }) => {
          const target = targetOf(service, server);
          return [target.id, target];
        }),
      ).values(),
    ],
    standingOf: (service, server) => {
      const { health } = observed(targetOf(service, server).id);
      const { drained = false, weight } = commands().get(server.name) ?? {};
      return { health, drained, ...(weight !== undefined && { commandedWeight: weight }) };
    },
    observationOf: (service, server) => observed(targetOf(service, server).id),
    hear: (message) => {
      if (message.type === 'probes') {
        for (const result of message.results) {
          observations.set(result.target, { ...observed(result.target), probe: result });
        }
        return false;
      }
      const { target, health, reason, latency } = message;
      const before = observed(target);
      if (before.health === health) return false;
      const [named] = usesOf(target);
      log(
        health === 'down' ? 'warn' : 'info',
        { process: 'health', subject: named?.server.name ?? target },
        `${before.health} -> ${health}: ${reason}; ${health === 'down' ? 'it is drained' : 'it takes connections'}`,
        { latency },
      );
      observations.set(target, {
        ...before,
        health,
        reason,
        since: Date.now(),
      });
      return true;
    },
    usesOf,
    names,
  };
};
