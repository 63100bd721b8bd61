// Composes the status of a director from its parts. Pure.

import { describeMatch, type RealServerConfig, type VirtualServiceConfig } from '../../config/model/service-model.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import { anycastStatus } from './anycast-status.ts';
import { clusterName } from './cluster-name.ts';
import { type ServerStatus, type ServiceStatus, type Status, type StatusSources, statusFormat } from './status.ts';
import { warningsOf } from './status-warnings.ts';

const serverStatus = (
  sources: StatusSources,
  service: VirtualServiceConfig,
  server: RealServerConfig,
): ServerStatus => {
  const { health, reason, since, lasted, probe } = sources.realServers.observationOf(service, server);
  const held = sources.heldOf(service, server);
  const command = sources.commands.get(server.name);
  const drained = command?.drained === true;
  const address = formatEndpoint(server.endpoint);
  const added = sources.differences.find(
    (one) => one.change === 'added' && one.service === service.name && one.server === address && one.why === undefined,
  );
  const isCommanded = command !== undefined && (command.drained || command.weight !== undefined);
  return {
    name: server.name,
    address: describeMatch(server.endpoint),
    health,
    reason,
    since,
    lasted,
    ...(probe && { latency: probe.latency }),
    ...(probe?.error !== undefined && { lastError: probe.error }),
    ...(probe?.certificateExpires !== undefined && { certificateExpires: probe.certificateExpires }),
    drained,
    ...(isCommanded && {
      command: { ...(command.weight !== undefined && { weight: command.weight }), by: command.by, at: command.at },
    }),
    ...(added && { added: { by: added.by, at: added.at } }),
    configuredWeight: server.weight,
    ...(held && {
      weight: held.weight,
      activeConnections: held.activeConnections,
      inactiveConnections: held.inactiveConnections,
      livingConnections: held.livingConnections,
    }),
  };
};

export const serviceStatus = (sources: StatusSources, service: VirtualServiceConfig): ServiceStatus => {
  const judgement = sources.judgementOf(service.name);
  const fault = sources.ipvsFault;
  const removed = sources.differences.filter(
    (one) => one.change === 'removed' && one.service === service.name && one.why === undefined,
  );
  return {
    name: service.name,
    address: service.matches.map(describeMatch).join(' '),
    scheduler: service.scheduler,
    ...(judgement && { mode: judgement.mode, quorum: judgement.quorum }),
    ...(fault !== undefined && { fault }),
    servers: service.realServers.map((server) => serverStatus(sources, service, server)),
    ...(removed.length > 0 && { removed: removed.map(({ server: address, by, at }) => ({ address, by, at })) }),
  };
};

/** @param services where they are known already */
export const composeStatus = (
  sources: StatusSources,
  services: readonly ServiceStatus[] = sources.config.virtualServices.map((service) => serviceStatus(sources, service)),
): Status => {
  const { config, programs, routers, peers, notifications, startedAt, uptime, configuredAt } = sources;
  return {
    format: statusFormat,
    version: sources.version,
    director: config.director,
    cluster: clusterName(config),
    startedAt,
    uptime,
    configuredAt,
    processes: Object.fromEntries(programs.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]]))),
    programs,
    routers,
    bfd: sources.bfd,
    ...anycastStatus(sources),
    interfaces: sources.interfaces,
    ipvs: { writes: sources.writes, ...(sources.ipvsFault !== undefined && { fault: sources.ipvsFault }) },
    services,
    ...(sources.connectionSync && { connectionSync: sources.connectionSync }),
    ...(sources.metricsCertificate && { metricsCertificateExpires: sources.metricsCertificate.to }),
    peers,
    splitBrain: sources.splitBrain,
    notifications,
    warnings: warningsOf(sources, services),
  };
};
