// What IPVS should hold, from the configuration, the health of the servers and the operators' drains. Pure.

import type { RealServerConfig, VirtualServiceConfig } from '../config/model.ts';
import { elapsed, type Instant } from '../config/units.ts';
import type { Health } from '../healthcheck/messages.ts';
import type { DestinationEntry, DestinationState, ServiceEntry } from '../kernel/ipvs-entries.ts';

/** What is known of a real server. */
export type ServerStanding = {
  readonly health: Health;
  /** When it failed; absent while it has not. */
  readonly failedAt?: Instant;
  /** Whether an operator drains it. */
  readonly drained: boolean;
  /** An operator's weight, in place of the configured one. */
  readonly weight?: number;
};

export const desiredService = ({ protocol, endpoint, scheduler }: VirtualServiceConfig): ServiceEntry => ({
  protocol,
  ...endpoint,
  scheduler,
});

/**
 * The destination of one server; undefined when it should have none.
 * A server that is down or drained gets weight 0 first, and leaves the table once it is idle (ActiveConn 0) or, when it
 * is down, after the service's drain timeout. Unknown is not up: such a server stays as it is found.
 */
export const desiredDestination = (
  service: VirtualServiceConfig,
  server: RealServerConfig,
  standing: ServerStanding,
  actual: Pick<DestinationState, 'weight' | 'activeConnections'> | undefined,
  now: Instant,
): DestinationEntry | undefined => {
  const withWeight = (weight: number): DestinationEntry => ({
    service: { protocol: service.protocol, ...service.endpoint },
    ...server.endpoint,
    forwarding: service.forwarding,
    weight,
  });
  if (standing.health === 'up' && !standing.drained) return withWeight(standing.weight ?? server.weight);
  if (actual === undefined) return undefined;
  if (standing.health === 'unknown' && !standing.drained) return withWeight(actual.weight);
  if (actual.weight !== 0) return withWeight(0);
  const { health, failedAt } = standing;
  const isOverdue = health === 'down' && failedAt !== undefined && elapsed(failedAt, now) >= service.drainTimeout;
  return actual.activeConnections === 0 || isOverdue ? undefined : withWeight(0);
};
