// What `GET /v1/status` answers: the state of the director as plain data. Pure.

import type { DirectorConfig } from '../config/model.ts';
import { type DestinationState, destinationKey } from '../kernel/ipvs-entries.ts';
import type { RouterStatus } from '../vrrp/messages.ts';
import { desiredService } from './desired.ts';
import type { RealServers } from './real-servers.ts';

export type StatusSources = {
  readonly config: DirectorConfig;
  readonly processes: { readonly vrrp: number | undefined; readonly healthcheck: number | undefined };
  readonly routers: readonly RouterStatus[];
  readonly realServers: Pick<RealServers, 'standingOf' | 'observationOf'>;
  /** What the kernel holds, by {@link destinationKey}. */
  readonly destinations: ReadonlyMap<string, DestinationState>;
};

export const composeStatus = ({ config, processes, routers, realServers, destinations }: StatusSources) => ({
  director: config.director,
  processes,
  routers,
  services: config.virtualServices.map((service) => ({
    name: service.name,
    address: `${service.endpoint.address}:${service.endpoint.port}`,
    scheduler: service.scheduler,
    servers: service.realServers.map((server) => {
      const { health, reason, probe } = realServers.observationOf(service, server);
      const held = destinations.get(destinationKey({ service: desiredService(service), ...server.endpoint }));
      return {
        name: server.name,
        address: `${server.endpoint.address}:${server.endpoint.port}`,
        health,
        reason,
        drained: realServers.standingOf(service, server).drained,
        ...(probe && { latency: probe.latency, lastError: probe.error }),
        weight: held?.weight,
        activeConnections: held?.activeConnections,
        inactiveConnections: held?.inactiveConnections,
      };
    }),
  })),
});
