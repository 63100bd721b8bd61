// Metrics of a director as a whole, read from its status at each scrape. Pure.

import type { MetricFamily, Row } from './metric-family.ts';
import type { Status } from './status.ts';

/** What the process says of itself, as prom-client's own metrics name it. */
export type ProcessFacts = {
  readonly nodeVersion: string;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
};

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
  gauge('regent_router_held_back', 'Whether the router may not preempt for now: 1 or 0.', ({ routers }) =>
    routers.map(({ name, heldBack }) => [{ router: name }, flag(heldBack !== undefined)]),
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
    'Settings of services and servers that are others on the peer; absent while not known.',
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
  counter('process_cpu_seconds_total', 'Processor time of the controller.', (_, { cpuSeconds }) => [[{}, cpuSeconds]]),
  gauge('process_resident_memory_bytes', 'Memory of the controller.', (_, { residentBytes }) => [[{}, residentBytes]]),
  gauge('nodejs_heap_size_used_bytes', "Used heap of the controller's Node.", (_, { heapBytes }) => [[{}, heapBytes]]),
];

export const readFacts = (): ProcessFacts => {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    nodeVersion: process.versions.node,
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    heapBytes: heapUsed,
  };
};
