// The answer to `GET /v1/status`, and what it is made of: the state of the director as plain data.

import type { Milliseconds } from '../../base/units.ts';
import type { Validity } from '../../base/validity.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Health } from '../../healthcheck/messages.ts';
import type { BfdStatus, InterfaceStatus, RouterStatus } from '../../vrrp/status.ts';
import type { Difference } from '../in-force.ts';
import type { Held } from '../ipvs/counters.ts';
import type { RealServers } from '../ipvs/real-servers.ts';
import type { ServiceJudgement } from '../ipvs/service-judgement.ts';
import type { NotificationStatus } from '../notifications/recipients.ts';
import type { Commands } from '../operator/commands.ts';
import type { ExchangeTally } from '../peers/connection-exchange.ts';
import type { PeerStatus } from '../peers/peers.ts';
import type { ProgramStatus } from '../processes/programs.ts';
import type { SplitBrainStatus } from '../split-brain/split-brain.ts';
import type { AnycastOverview, AnycastSources } from './anycast-status.ts';

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
