// Answers questions to a running director: its status, its metrics, and the effect of another configuration.

import type { Clock, Milliseconds } from '../../base/units.ts';
import type { Validity } from '../../base/validity.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import { shareServices } from '../../config/model/shared-services.ts';
import type { EngineState } from '../../routing/engine-state.ts';
import type { AnycastHeld, BfdStatus, InterfaceStatus, RouterStatus } from '../../vrrp/status.ts';
import type { AnycastStatus } from '../anycast/anycast.ts';
import { announcerOf } from '../anycast/judgement.ts';
import { planHandover } from '../handover-cost.ts';
import { type Difference, describeDifference, type InForce } from '../in-force.ts';
import { type Held, heldOf, serviceStatistics } from '../ipvs/counters.ts';
import type { RealServers } from '../ipvs/real-servers.ts';
import type { IpvsTable } from '../ipvs/table.ts';
import type { NotificationStatus } from '../notifications/recipients.ts';
import type { Commands } from '../operator/commands.ts';
import type { ConnectionExchange } from '../peers/connection-exchange.ts';
import type { PeerStatus } from '../peers/peers.ts';
import { planChange } from '../plan.ts';
import type { Plan } from '../plan-line.ts';
import type { Living } from '../planning/living.ts';
import type { ProgramStatus } from '../processes/programs.ts';
import type { SplitBrainStatus } from '../split-brain/split-brain.ts';
import { serviceState } from '../tracking/services.ts';
import { composeStatus, serviceStatus } from './compose-status.ts';
import type { Metrics } from './metrics.ts';
import type { Exposition } from './metrics-answers.ts';
import type { Probed } from './metrics-pages.ts';
import type { Traffic } from './server-metrics.ts';
import { inSlices } from './slices.ts';
import type { ConnectionSyncStatus, ServiceStatus, Status, StatusSources } from './status.ts';
import { isTroubled } from './status-warnings.ts';

/** The parts of a running director, read again for each answer. */
export type DirectorParts = {
  /** The version of regent. */
  readonly version: string;
  /** The configuration in force. */
  readonly config: () => DirectorConfig;
  /** What would be in force with another file. */
  readonly withCommands: (file: DirectorConfig) => InForce;
  /** What commands for servers change of the file in force. */
  readonly differences: () => readonly Difference[];
  readonly clock: Clock;
  readonly startedAt: number;
  readonly uptime: () => Milliseconds;
  readonly configuredAt: () => number;
  readonly programs: () => readonly ProgramStatus[];
  readonly routers: () => readonly RouterStatus[];
  readonly bfd: () => readonly BfdStatus[];
  readonly anycast: () => readonly AnycastStatus[];
  readonly anycastHeld: () => AnycastHeld | undefined;
  readonly engine: () => EngineState | undefined;
  readonly interfaces: () => readonly InterfaceStatus[];
  readonly realServers: Pick<RealServers, 'observationOf'>;
  /** Why this host cannot probe, and what the checks warn about. */
  readonly probeWarnings: () => readonly string[];
  readonly commands: () => Commands;
  /** The names of routers that stand aside by command. */
  readonly aside: () => readonly string[];
  readonly peers: () => readonly PeerStatus[];
  readonly peersFault: () => string | undefined;
  readonly splitBrain: () => SplitBrainStatus;
  readonly notifications: () => readonly NotificationStatus[];
  readonly table: () => IpvsTable | undefined;
  readonly tableFault: () => string | undefined;
  /** What cannot be written to the disk. */
  readonly recordFaults: () => readonly string[];
  readonly refusedConfiguration: () => string | undefined;
  /** Why metrics are not served on their port. */
  readonly metricsFault: () => string | undefined;
  /** Of the certificate for metrics, as it is in use. */
  readonly metricsCertificate: () => Validity | undefined;
  readonly exchange: Pick<ConnectionExchange, 'tally' | 'heldBack'>;
  readonly metrics: Metrics;
};

export type Inquiries = {
  readonly status: () => Status;
  /** The same, while others have their turns. */
  readonly gather: () => Promise<Status>;
  /** The same as JSON, in pieces: other work runs between two of them. */
  readonly statusText: () => AsyncIterable<string>;
  readonly exposition: Exposition;
  /** What probes ask of it: no service, so that it costs little. */
  readonly probed: () => Probed;
  /** What another file would change, and what commands change of it, as text. */
  readonly plan: (next: DirectorConfig) => { readonly plan: Plan; readonly differences: readonly string[] };
  /** What commands change of the file in force, as text. */
  readonly differences: () => readonly string[];
  /** The cost of handing these routers over. */
  readonly planHandover: (routers: readonly string[]) => Plan;
};

const pieceLength = 64 * 1024;

export const openInquiries = (parts: DirectorParts): Inquiries => {
  const { config, clock, table, metrics } = parts;
  const held = (service: VirtualServiceConfig, server: RealServerConfig): Held | undefined =>
    heldOf(table()?.destinations() ?? new Map(), service, server);

  const connectionSync = (): ConnectionSyncStatus | undefined => {
    if (config().connectionSync === undefined) return undefined;
    const incomplete = parts.exchange.heldBack();
    return {
      ...parts.exchange.tally(),
      daemons: table()?.daemons() ?? [],
      ...(incomplete !== undefined && { incomplete }),
    };
  };

  const sourcesNow = (): StatusSources => ({
    version: parts.version,
    config: config(),
    startedAt: parts.startedAt,
    uptime: parts.uptime(),
    configuredAt: parts.configuredAt(),
    programs: parts.programs(),
    routers: parts.routers(),
    bfd: parts.bfd(),
    anycast: parts.anycast(),
    anycastHeld: parts.anycastHeld(),
    engine: parts.engine(),
    interfaces: parts.interfaces(),
    realServers: parts.realServers,
    probeWarnings: parts.probeWarnings(),
    commands: parts.commands(),
    differences: parts.differences(),
    peers: parts.peers(),
    peersFault: parts.peersFault(),
    splitBrain: parts.splitBrain(),
    notifications: parts.notifications(),
    heldOf: held,
    judgementOf: (service) => table()?.judgementOf(service),
    writes: table()?.writes() ?? 0,
    ipvsFault: parts.tableFault(),
    recordFaults: parts.recordFaults(),
    refusedConfiguration: parts.refusedConfiguration(),
    metricsFault: parts.metricsFault(),
    metricsCertificate: parts.metricsCertificate(),
    connectionSync: connectionSync(),
  });
  const status = (): Status => composeStatus(sourcesNow());

  /** The same, while others have their turns. */
  const gatherStatus = async (): Promise<Status> => {
    const sources = sourcesNow();
    const services: ServiceStatus[] = [];
    for await (const service of inSlices(sources.config.virtualServices, clock))
      services.push(serviceStatus(sources, service));
    return composeStatus({ ...sourcesNow(), config: sources.config }, services);
  };

  /** The status as JSON, the services first: each is forgotten once it is written, so that little is alive at a time. */
  async function* statusText(): AsyncGenerator<string> {
    const sources = sourcesNow();
    const troubled: ServiceStatus[] = [];
    let text = '{"services":[';
    let separator = '';
    for await (const service of inSlices(sources.config.virtualServices, clock)) {
      const found = serviceStatus(sources, service);
      if (isTroubled(found)) troubled.push(found);
      text += `${separator}${JSON.stringify(found)}`;
      separator = ',';
      if (text.length < pieceLength) continue;
      yield text;
      text = '';
    }
    const { services: _, ...rest } = composeStatus({ ...sourcesNow(), config: sources.config }, troubled);
    yield `${text}],${JSON.stringify(rest).slice(1)}\n`;
  }

  const living = (): Living => ({
    routers: parts.routers(),
    anycast: parts.anycast(),
    ...(config().peers && {
      announcedElsewhere: (addresses) => announcerOf(addresses, parts.peers()) !== undefined,
    }),
    isDown: (service) => serviceState(table()?.judgementOf(service), parts.tableFault()).state === 'down',
    connectionsOf: (service, server) => held(service, server)?.livingConnections ?? 0,
    isAside: (router) => parts.aside().includes(router),
    commandOf: (server) => parts.commands().get(server),
  });
  const trafficOf = (service: VirtualServiceConfig): Traffic[] => {
    const whole = serviceStatistics(table()?.services() ?? new Map(), service);
    return [
      ...(whole === undefined ? [] : [{ service: service.name, ...whole }]),
      ...service.realServers.flatMap((server) => {
        const found = held(service, server);
        return found === undefined ? [] : [{ service: service.name, server: server.name, ...found.statistics }];
      }),
    ];
  };

  async function* render(): AsyncGenerator<string> {
    await table()?.refresh();
    const found = await gatherStatus();
    const traffic: Traffic[] = [];
    for await (const service of inSlices(config().virtualServices, clock)) traffic.push(...trafficOf(service));
    yield* metrics.render(found, traffic);
  }

  const probed = (): Probed => {
    const fault = parts.tableFault();
    return {
      director: config().director,
      version: parts.version,
      programs: parts.programs(),
      routers: parts.routers(),
      ipvs: { writes: table()?.writes() ?? 0, ...(fault !== undefined && { fault }) },
    };
  };

  return {
    status,
    gather: gatherStatus,
    probed,
    statusText,
    exposition: { contentType: metrics.contentType, render },
    plan: (next) => {
      const inForce = parts.withCommands(next);
      return {
        plan: planChange(config(), shareServices(config(), inForce.config), living()),
        differences: inForce.differences.map(describeDifference),
      };
    },
    differences: () => parts.differences().map(describeDifference),
    planHandover: (routers) => planHandover(config(), routers, living()),
  };
};
