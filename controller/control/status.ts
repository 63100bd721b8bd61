// The answer to `GET /v1/status`: the state of the director as plain data. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import { type Validity, warnOfValidity } from '../../base/validity.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import { describeMatch, type RealServerConfig, type VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Health } from '../../healthcheck/messages.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import { describeRefusal, describeRival } from '../../vrrp/events.ts';
import type { BfdStatus, InterfaceStatus, RouterStatus } from '../../vrrp/status.ts';
import { type Difference, describeDifference } from '../in-force.ts';
import type { Held } from '../ipvs/counters.ts';
import type { RealServers } from '../ipvs/real-servers.ts';
import type { ServiceJudgement } from '../ipvs/service-judgement.ts';
import type { NotificationStatus } from '../notifications/recipients.ts';
import type { Commands } from '../operator/commands.ts';
import type { ExchangeTally } from '../peers/connection-exchange.ts';
import type { PeerStatus } from '../peers/peers.ts';
import { type ProgramStatus, programWarnings } from '../processes/programs.ts';
import type { SplitBrainStatus } from '../split-brain/split-brain.ts';
import { type AnycastOverview, type AnycastSources, anycastStatus, anycastWarnings } from './anycast-status.ts';
import { clusterName } from './cluster-name.ts';

/** The form of the status: a greater number where keys have changed their meaning, which none has yet. */
export const statusFormat = 1;

export type StatusSources = AnycastSources & {
  /** The version of regent. */
  readonly version: string;
  readonly config: DirectorConfig;
  /** Wall times in milliseconds since the epoch. */
  readonly startedAt: number;
  /** How long ago that was, by the monotonic clock. */
  readonly uptime: Milliseconds;
  readonly configuredAt: number;
  readonly programs: readonly ProgramStatus[];
  readonly routers: readonly RouterStatus[];
  readonly bfd: readonly BfdStatus[];
  readonly interfaces: readonly InterfaceStatus[];
  readonly realServers: Pick<RealServers, 'observationOf'>;
  /** Why this host cannot probe, and what the checks warn about. */
  readonly probeWarnings: readonly string[];
  readonly commands: Commands;
  /** Servers added and removed by command. */
  readonly differences: readonly Difference[];
  readonly peers: readonly PeerStatus[];
  /** Why commands are not sent to the peers; undefined where they are, or where there are no peers. */
  readonly peersFault: string | undefined;
  readonly splitBrain: SplitBrainStatus;
  readonly notifications: readonly NotificationStatus[];
  /** Absent where it is not configured. */
  readonly connectionSync: ConnectionSyncStatus | undefined;
  /** What the kernel holds of a server. */
  readonly heldOf: (service: VirtualServiceConfig, server: RealServerConfig) => Held | undefined;
  /** The last judgement of a service, by its name. */
  readonly judgementOf: (service: string) => ServiceJudgement | undefined;
  /** Commands written to IPVS so far. */
  readonly writes: number;
  /** Why the virtual services are not in the kernel; undefined where they are. */
  readonly ipvsFault: string | undefined;
  /** What cannot be written to the disk, as text. */
  readonly recordFaults: readonly string[];
  /** Why the current configuration file is not in force; undefined while it is. */
  readonly refusedConfiguration: string | undefined;
  /** Why metrics are not served on their port; undefined where they are, or where there is none. */
  readonly metricsFault: string | undefined;
  /** Of the certificate for metrics, as it is in use; undefined without one. */
  readonly metricsCertificate: Validity | undefined;
};

export type ConnectionSyncStatus = ExchangeTally & {
  /** The kernel's daemons that run as configured: a master sends connections, a backup receives them. */
  readonly daemons: readonly ('master' | 'backup')[];
  /** Why the connections of the peers are not known here; absent once they are. */
  readonly incomplete?: string;
};

export type ServerStatus = {
  readonly name: string;
  readonly address: string;
  readonly health: Health;
  /** The cause of the verdict, and its time in milliseconds since the epoch. */
  readonly reason: string;
  readonly since: number;
  /** How long ago that was, by the monotonic clock. */
  readonly lasted: Milliseconds;
  /** Duration of the last probe in milliseconds, and why it failed where it did. */
  readonly latency?: number;
  readonly lastError?: string;
  /** When its certificate expires, milliseconds since the epoch; absent without TLS. */
  readonly certificateExpires?: number;
  readonly drained: boolean;
  /** The command in force, if any. */
  readonly command?: { readonly weight?: number; readonly by: string; readonly at: number };
  /** Absent where the file names it. */
  readonly added?: { readonly by: string; readonly at: number };
  readonly configuredWeight: number;
  /** The weight in the kernel; absent where the kernel has no such destination. */
  readonly weight?: number;
  readonly activeConnections?: number;
  readonly inactiveConnections?: number;
  /** Connections that a drain waits for; for UDP the inactive ones, too. */
  readonly livingConnections?: number;
};

export type ServiceStatus = {
  readonly name: string;
  readonly address: string;
  readonly scheduler: string;
  /** Which servers take connections: the healthy ones, all because too few are, the standby servers, or the sorry server. */
  readonly mode?: ServiceJudgement['mode'];
  readonly quorum?: ServiceJudgement['quorum'];
  /** Why the service is not in the kernel; absent where it is. */
  readonly fault?: string;
  readonly servers: readonly ServerStatus[];
  /** Servers that the file names, and that a command has removed; absent where there are none. */
  readonly removed?: readonly { readonly address: string; readonly by: string; readonly at: number }[];
};

export type Status = {
  readonly format: typeof statusFormat;
  /** The version of the regent that answers. */
  readonly version: string;
  readonly director: string;
  /** The directors that stand for each other have one name. */
  readonly cluster: string;
  readonly startedAt: number;
  /** How long ago that was, by the monotonic clock. */
  readonly uptime: Milliseconds;
  readonly configuredAt: number;
  /** Pids of the running processes. */
  readonly processes: { readonly vrrp?: number; readonly healthcheck?: number };
  readonly programs: readonly ProgramStatus[];
  readonly routers: readonly RouterStatus[];
  readonly bfd: readonly BfdStatus[];
  /** Addresses that several directors announce at once; absent where none are configured. */
  readonly anycast?: AnycastOverview;
  /** Packets on each interface that were for no router; absent while there are none. */
  readonly interfaces: readonly InterfaceStatus[];
  /** Writes to the kernel's IPVS table since the director's start; an idle director makes none. */
  readonly ipvs: { readonly writes: number; readonly fault?: string };
  readonly services: readonly ServiceStatus[];
  /** Synchronisation of connections; absent where it is not configured. */
  readonly connectionSync?: ConnectionSyncStatus;
  /** When the certificate for metrics expires, milliseconds since the epoch; absent without one. */
  readonly metricsCertificateExpires?: number;
  readonly peers: readonly PeerStatus[];
  /** Verdicts on a split brain, and the witness. */
  readonly splitBrain: SplitBrainStatus;
  /** The notification targets and their deliveries. */
  readonly notifications: readonly NotificationStatus[];
  /** What an operator should look at; empty when all is well. */
  readonly warnings: readonly string[];
};

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

const warnAhead = milliseconds(14 * 86_400_000);

const warnOfMetrics = ({ metricsCertificate }: StatusSources): string[] => {
  const warning = metricsCertificate && warnOfValidity(metricsCertificate, Date.now(), warnAhead);
  return warning === undefined ? [] : [`metrics: ${warning}`];
};

/** Whether a verdict keeps the router from being master: a backup that awaits a living master would not be it anyway. */
export const isRestrained = ({ restraint, withheld }: Pick<RouterStatus, 'restraint' | 'withheld'>): boolean =>
  restraint !== undefined && (withheld === true || restraint.kind === 'yield');

const splitBrainWarnings = ({ splitBrain: { witness, verdicts }, routers }: StatusSources): string[] => [
  ...verdicts.map(({ router, verdict, text }) => `router ${router}, split brain (${verdict}): ${text}`),
  ...routers
    .filter(isRestrained)
    .map(({ name, restraint }) => `router ${name} leaves mastership to a peer: ${restraint?.reason}`),
  ...(witness?.state === 'lost' ? [`the witness ${witness.address} does not answer`] : []),
];

const hasUnusualMode = ({ mode }: ServiceStatus): boolean => mode !== undefined && mode !== 'normal';

const takesNoConnections = ({ servers }: ServiceStatus): boolean =>
  servers.length > 0 && servers.every(({ health, drained }) => health !== 'up' || drained);

/** Whether the warnings of the status name the service. */
export const isTroubled = (service: ServiceStatus): boolean => hasUnusualMode(service) || takesNoConnections(service);

const warningsOf = (sources: StatusSources, services: readonly ServiceStatus[]): string[] => {
  const { routers, peers, notifications, programs, refusedConfiguration } = sources;
  return [
    ...(refusedConfiguration === undefined ? [] : [`the configuration file is not in force: ${refusedConfiguration}`]),
    ...programWarnings(programs),
    ...sources.recordFaults,
    ...(sources.metricsFault === undefined ? [] : [`metrics are not served: ${sources.metricsFault}`]),
    ...warnOfMetrics(sources),
    ...(sources.connectionSync === undefined || sources.connectionSync.daemons.length === 2
      ? []
      : ['connections are not synchronised: the kernel does not run both of its daemons']),
    ...(sources.ipvsFault === undefined ? [] : [`no virtual service is in the kernel: ${sources.ipvsFault}`]),
    ...routers
      .filter(({ state, aside }) => state === 'initialize' && !aside)
      .map(({ name, reason }) => `router ${name} takes no part: ${reason}`),
    ...routers
      .filter(({ aside }) => aside)
      .map(({ name }) => `router ${name} is handed over: it will not take over from its peer until regent resume`),
    ...routers
      .filter(
        ({ state, heldBack, master, priority }) =>
          state === 'backup' && heldBack && (master?.priority ?? 255) < priority,
      )
      .map(({ name, heldBack }) => `router ${name} does not preempt yet: ${heldBack}`),
    ...routers.flatMap(({ name, missing = [] }) =>
      missing.map(({ what, why }) => `router ${name} does not hold ${what}: ${why}`),
    ),
    ...routers.flatMap(({ name, virtualRouterId, refusals = [] }) =>
      refusals.map((refusal) => `router ${name}: ${describeRefusal(refusal, virtualRouterId)}`),
    ),
    ...routers
      .filter(({ stuck }) => stuck)
      .map(
        ({ name }) =>
          `router ${name} hears no master and waits for the others of its sync group: no host has its addresses`,
      ),
    ...routers
      .filter(({ rivals }) => rivals.length > 0)
      .map(({ name, rivals }) => `router ${name} is not the only master: ${rivals.map(describeRival).join('; ')}`),
    ...splitBrainWarnings(sources),
    ...anycastWarnings(sources),
    ...services
      .filter(hasUnusualMode)
      .map(({ name, mode }) => `service ${name} is in ${mode} mode: it has too few healthy servers of its own`),
    ...services
      .filter(takesNoConnections)
      .map(({ name }) => `service ${name} has no real server that takes connections`),
    ...sources.probeWarnings,
    ...sources.differences.filter(({ why }) => why !== undefined).map(describeDifference),
    ...(sources.peersFault === undefined ? [] : [`commands are not exchanged with peers: ${sources.peersFault}`]),
    ...peers
      .filter(({ reachable }) => !reachable)
      .map(
        ({ address, lastError }) =>
          `peer ${address} does not have the latest commands: ${lastError ?? 'not reached yet'}`,
      ),
    ...peers.flatMap(({ differences = [] }) => differences.map((text) => `a failover would change this: ${text}`)),
    ...notifications
      .filter(({ waiting, lastError }) => waiting > 0 && lastError !== undefined)
      .map(({ name, waiting, lastError }) => `notification ${name} is behind by ${waiting}: ${lastError}`),
  ];
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
