// Metrics of a director as a whole, read from its status at each scrape. Pure.

import type { MetricFamily, Row } from './metric-family.ts';
import type { ProcessFacts } from './process-facts.ts';
import type { Status } from './status.ts';
import { isRestrained } from './status-warnings.ts';

export type Observed = { readonly status: Status; readonly facts: ProcessFacts };
type Family = MetricFamily<Observed>;

const gauge = (name: string, help: string, rows: (status: Status, facts: ProcessFacts) => readonly Row[]): Family => ({
  name,
  help,
  type: 'gauge',
  rows: ({ status, facts }) => rows(status, facts),
});
const counter = (...declared: Parameters<typeof gauge>): Family => ({ ...gauge(...declared), type: 'counter' });

const seconds = (milliseconds: number): number => milliseconds / 1000;
const flag = (is: boolean): number => (is ? 1 : 0);

const daemons = ['master', 'backup'] as const;
const modes = ['normal', 'panic', 'standby', 'sorry'] as const;

export const directorFamilies: readonly Family[] = [
  gauge('regent_build_info', 'The version of regent, and of Node; always 1.', ({ version }, { nodeVersion }) => [
    [{ version, node: nodeVersion }, 1],
  ]),
  gauge('regent_started_timestamp_seconds', 'When the director started, since the epoch.', ({ startedAt }) => [
    [{}, seconds(startedAt)],
  ]),
  gauge('regent_configured_timestamp_seconds', 'When the configuration came into force, since the epoch.', (status) => [
    [{}, seconds(status.configuredAt)],
  ]),
  gauge('regent_router_info', 'What a router is; always 1.', ({ routers }) =>
    routers.map(({ name, interface: on, virtualRouterId, family, addresses }) => [
      {
        router: name,
        interface: on,
        virtual_router_id: String(virtualRouterId),
        family,
        addresses: addresses.join(','),
      },
      1,
    ]),
  ),
  gauge('regent_router_base_priority', 'Configured priority of the router.', ({ routers }) =>
    routers.map(({ name, basePriority }) => [{ router: name }, basePriority]),
  ),
  gauge(
    'regent_router_since_timestamp_seconds',
    'When the router changed its state last, since the epoch.',
    ({ routers }) => routers.map(({ name, since }) => [{ router: name }, seconds(since)]),
  ),
  gauge('regent_router_hears_master', 'Whether the router is a backup that hears a master: 1 or 0.', ({ routers }) =>
    routers.map(({ name, state, master }) => [{ router: name }, flag(state === 'backup' && master !== undefined)]),
  ),
  gauge('regent_router_held_back', 'Whether the router may not preempt for now: 1 or 0.', ({ routers }) =>
    routers.map(({ name, heldBack }) => [{ router: name }, flag(heldBack !== undefined)]),
  ),
  gauge(
    'regent_router_split_brain_verdict',
    'Whether this verdict on a split brain stands for the router; always 1.',
    ({ splitBrain }) => splitBrain.verdicts.map(({ router, verdict }) => [{ router, verdict }, 1]),
  ),
  gauge(
    'regent_router_restrained',
    'Whether a verdict on a split brain keeps the router from being master: 1 or 0.',
    ({ routers }) => routers.map((router) => [{ router: router.name }, flag(isRestrained(router))]),
  ),
  gauge(
    'regent_witness_up',
    'Whether the witness answers this host: 1 or 0; absent while unknown.',
    ({ splitBrain }) =>
      splitBrain.witness === undefined || splitBrain.witness.state === 'untried'
        ? []
        : [[{ witness: splitBrain.witness.address }, flag(splitBrain.witness.state === 'answers')]],
  ),
  gauge(
    'regent_router_missing',
    'Addresses, routes and rules that the router should hold and does not.',
    ({ routers }) => routers.map(({ name, missing = [] }) => [{ router: name }, missing.length]),
  ),
  gauge(
    'regent_tracked_up',
    'Whether an item that a router tracks is up: 1 or 0; absent while unknown.',
    ({ routers }) =>
      routers.flatMap(({ name, tracked }) =>
        tracked
          .filter(({ state }) => state !== 'unknown')
          .map(({ item, state }): Row => [{ router: name, item }, flag(state === 'up')]),
      ),
  ),
  gauge(
    'regent_anycast_announced',
    'Whether this director announces the anycast address: 1 or 0.',
    ({ anycast: { addresses } = { addresses: [] } }) =>
      addresses.flatMap(({ name, addresses: own, state }) =>
        own.map((address): Row => [{ entry: name, address }, flag(state === 'announced')]),
      ),
  ),
  gauge(
    'regent_anycast_exported',
    'Whether the routing daemon exports the anycast address to the neighbour: 1 or 0; absent while it does not answer.',
    ({ anycast }) => {
      const { engine, addresses } = anycast ?? {};
      if (engine === undefined || addresses === undefined || 'silent' in engine) return [];
      return addresses.flatMap(({ name, addresses: own }) =>
        own.flatMap((address) =>
          engine.sessions.map(({ neighbour, exported }): Row => {
            const isExported = exported.some(({ prefix }) => prefix === address);
            return [{ entry: name, address, neighbour }, flag(isExported)];
          }),
        ),
      );
    },
  ),
  gauge('regent_bfd_up', 'Whether the BFD session is up: 1 or 0.', ({ bfd }) =>
    bfd.map(({ name, peer, state }) => [{ session: name, peer }, flag(state === 'up')]),
  ),
  gauge(
    'regent_peer_reachable',
    'Whether the other director answers at the exchange of commands: 1 or 0.',
    ({ peers }) => peers.map(({ address, reachable }) => [{ peer: address }, flag(reachable)]),
  ),
  gauge(
    'regent_peer_differences',
    'Settings of services and servers that differ on the peer; absent while not known.',
    ({ peers }) =>
      peers.flatMap(({ address, differences }): Row[] =>
        differences === undefined ? [] : [[{ peer: address }, differences.length]],
      ),
  ),
  gauge('regent_service_mode', 'Whether the service is in the mode: 1 or 0.', ({ services }) =>
    services.flatMap(({ name, mode }) =>
      mode === undefined ? [] : modes.map((one): Row => [{ service: name, mode: one }, flag(mode === one)]),
    ),
  ),
  gauge('regent_service_quorum', 'Whether the service has its quorum: 1 or 0; absent while unknown.', ({ services }) =>
    services.flatMap(({ name, quorum }): Row[] =>
      quorum === undefined || quorum === 'unknown' ? [] : [[{ service: name }, flag(quorum === 'held')]],
    ),
  ),
  counter('regent_notifications_delivered_total', 'Notifications delivered.', ({ notifications }) =>
    notifications.map(({ name, delivered }) => [{ target: name }, delivered]),
  ),
  counter('regent_notifications_lost_total', 'Notifications that were given up or dropped.', ({ notifications }) =>
    notifications.map(({ name, lost }) => [{ target: name }, lost]),
  ),
  gauge('regent_notifications_waiting', 'Notifications that wait.', ({ notifications }) =>
    notifications.map(({ name, waiting }) => [{ target: name }, waiting]),
  ),
  gauge('regent_process_losses', 'Losses of the process in quick succession; 0 once it has lasted.', ({ programs }) =>
    programs.map(({ name, losses }) => [{ process: name }, losses]),
  ),
  gauge('regent_process_lost_timestamp_seconds', 'When the process was lost last, since the epoch.', ({ programs }) =>
    programs.flatMap(({ name, lastLoss }): Row[] =>
      lastLoss === undefined ? [] : [[{ process: name }, seconds(lastLoss.at)]],
    ),
  ),
  counter(
    'regent_process_restarts_total',
    'Times that the process was lost and started again since the controller started.',
    ({ programs }) => programs.map(({ name, restarts }) => [{ process: name }, restarts]),
  ),
  counter('regent_process_cpu_seconds_total', 'Processor time of each process of the director.', (_, { usages }) =>
    usages.map(([name, { cpuSeconds }]) => [{ process: name }, cpuSeconds]),
  ),
  gauge('regent_process_resident_memory_bytes', 'Memory of each process of the director.', (_, { usages }) =>
    usages.map(([name, { residentBytes }]) => [{ process: name }, residentBytes]),
  ),
  gauge(
    'regent_metrics_certificate_expiry_timestamp_seconds',
    'When the certificate for metrics expires, since the epoch; absent without one.',
    ({ metricsCertificateExpires: at }) => (at === undefined ? [] : [[{}, seconds(at)]]),
  ),
  gauge(
    'regent_connection_sync_daemon_up',
    "Whether the kernel's daemon that sends (master) or receives (backup) connections runs as configured: 1 or 0.",
    ({ connectionSync: sync }) =>
      sync === undefined ? [] : daemons.map((role): Row => [{ role }, flag(sync.daemons.includes(role))]),
  ),
  gauge(
    'regent_connection_sync_complete',
    'Whether the connections of the peers are known here: 1 or 0.',
    ({ connectionSync: sync }) => (sync === undefined ? [] : [[{}, flag(sync.incomplete === undefined)]]),
  ),
  counter(
    'regent_connection_sync_sent_total',
    "Connections sent to the peers by the director, besides those of the kernel's daemon.",
    ({ connectionSync: sync }) => (sync === undefined ? [] : [[{}, sync.sent]]),
  ),
  counter(
    'regent_connection_sync_failures_total',
    'Exchanges of connections that failed.',
    ({ connectionSync: sync }) => (sync === undefined ? [] : [[{}, sync.failures]]),
  ),
  counter('process_cpu_seconds_total', 'Processor time of the controller.', (_, { own }) => [[{}, own.cpuSeconds]]),
  gauge('process_resident_memory_bytes', 'Memory of the controller.', (_, { own }) => [[{}, own.residentBytes]]),
  gauge('process_virtual_memory_bytes', 'Address space of the controller.', (_, { own }) => [[{}, own.virtualBytes]]),
  gauge('process_start_time_seconds', 'When the controller started, since the epoch.', (_, { startedAt }) => [
    [{}, seconds(startedAt)],
  ]),
  gauge('process_open_fds', 'Open descriptors of the controller.', (_, { own: { descriptors } }) =>
    descriptors === undefined ? [] : [[{}, descriptors]],
  ),
  gauge('process_max_fds', 'Descriptors that the controller may open.', (_, { own: { mostDescriptors } }) =>
    mostDescriptors === undefined ? [] : [[{}, mostDescriptors]],
  ),
  gauge('nodejs_version_info', "The controller's Node; always 1.", (_, { nodeVersion }) => [
    [{ version: `v${nodeVersion}` }, 1],
  ]),
  gauge('nodejs_heap_size_total_bytes', "Heap of the controller's Node.", (_, { memory }) => [[{}, memory.heapTotal]]),
  gauge('nodejs_heap_size_used_bytes', 'Its used part.', (_, { memory }) => [[{}, memory.heapUsed]]),
  gauge('nodejs_external_memory_bytes', 'Memory that its objects hold outside of the heap.', (_, { memory }) => [
    [{}, memory.external],
  ]),
];
