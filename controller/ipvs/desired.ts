// What IPVS should hold, from the configuration, each server's duty, and the table's current state. Pure.

import type { Instant } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type {
  ConnectionSyncConfig,
  RealServerConfig,
  ServiceMatch,
  VirtualServiceConfig,
} from '../../config/model/service-model.ts';
import type { DaemonEntry } from '../../kernel/ipvs/daemons.ts';
import type { DestinationEntry, DestinationState, ServiceAddress, ServiceEntry } from '../../kernel/ipvs/entries.ts';
import type { Duty } from './service-judgement.ts';

/** Each key by name: what is spread into an object takes several times the memory. */
export const serviceAddress = ({ protocol }: VirtualServiceConfig, match: ServiceMatch): ServiceAddress =>
  'firewallMark' in match ? match : { protocol, address: match.address, port: match.port };

const bitsOf = (match: ServiceMatch): number =>
  ('firewallMark' in match ? match.family === 'ipv4' : !match.address.includes(':')) ? 32 : 128;

/** One entry for each address and mark of the service. */
export const desiredServices = (service: VirtualServiceConfig): ServiceEntry[] => {
  const { scheduler, schedulerFlags, onePacket, persistence } = service;
  return service.matches.map((match) => ({
    ...serviceAddress(service, match),
    scheduler,
    ...(onePacket && { onePacket }),
    ...(schedulerFlags.includes('fallback') && { fallback: true }),
    ...(schedulerFlags.includes('port') && { hashPort: true }),
    ...(persistence !== undefined && {
      persistence: {
        // The kernel counts whole seconds.
        timeout: Math.max(1, Math.round(persistence.timeout / 1000)),
        prefixLength: persistence.granularity ?? bitsOf(match),
        ...(persistence.engine !== undefined && { engine: persistence.engine }),
      },
    }),
  }));
};

/** A server's destination in the entry of the service at `match`. Only masquerading rewrites the port. */
export const destinationIn = (
  service: ServiceAddress,
  match: ServiceMatch,
  { endpoint, forwarding, tunnel, maxConnections, resumeConnections }: RealServerConfig,
  weight: number,
): DestinationEntry => {
  const keepsPort = 'port' in match && (forwarding !== 'masq' || endpoint.port === 0);
  const { address } = endpoint;
  const plain = { service, address, port: keepsPort ? match.port : endpoint.port, forwarding, weight };
  if (forwarding !== 'tunnel' && maxConnections === 0 && resumeConnections === 0) return plain;
  return {
    ...plain,
    ...(forwarding === 'tunnel' && { tunnel }),
    ...(maxConnections > 0 && { upperThreshold: maxConnections }),
    ...(resumeConnections > 0 && { lowerThreshold: resumeConnections }),
  };
};

/** A server's destination in one entry of the service. */
export const destinationOf = (
  service: VirtualServiceConfig,
  match: ServiceMatch,
  server: RealServerConfig,
  weight: number,
): DestinationEntry => destinationIn(serviceAddress(service, match), match, server, weight);

/**
 * Living connections of a destination. IPVS counts TCP and SCTP as active once established, and as inactive for minutes after
 * their end. A UDP flow is inactive from its first datagram until it is silent for the UDP timeout. Packets with a firewall mark
 * are of any protocol. Persistence templates do not count: they only direct the next connection.
 */
export const livingConnections = ({
  service,
  activeConnections,
  inactiveConnections,
}: Pick<DestinationState, 'service' | 'activeConnections' | 'inactiveConnections'>): number =>
  'protocol' in service && service.protocol !== 'udp' ? activeConnections : activeConnections + inactiveConnections;

export type ActualDestination = Pick<
  DestinationState,
  'service' | 'weight' | 'activeConnections' | 'inactiveConnections'
>;

/**
 * The weight that a destination should have; undefined when it should be removed. A leaving destination gets weight 0 first, and
 * is removed once its connections have ended, or at its deadline.
 */
export const desiredWeight = (duty: Duty, actual: ActualDestination | undefined, now: Instant): number | undefined => {
  switch (duty.name) {
    case 'serve':
      return duty.weight;
    case 'await':
      return actual?.weight ?? (duty.isInhibited ? 0 : undefined);
    case 'leave': {
      if (duty.isInhibited) return 0;
      if (actual === undefined) return undefined;
      if (actual.weight !== 0) return 0;
      const isOverdue = duty.deadline !== undefined && now >= duty.deadline;
      return livingConnections(actual) === 0 || isOverdue ? undefined : 0;
    }
    default:
      return unreachable(duty);
  }
};

/** Master and backup daemon on every director at once: roles need no switch when the addresses move. */
export const desiredDaemons = (sync: ConnectionSyncConfig | undefined): DaemonEntry[] =>
  sync === undefined
    ? []
    : (['master', 'backup'] as const).map((state) => ({
        state,
        interface: sync.interface,
        syncId: sync.syncId,
        maxLength: sync.maxLength,
        group: sync.group,
        port: sync.port,
        ttl: sync.ttl,
      }));
