// What Prometheus is told: counted from the events as they happen, and read from the status when it asks.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Defect, ProbeResult } from '../../healthcheck/messages.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';
import type { ServerStatus, ServiceStatus, Status } from './status.ts';
import { renderTallied } from './tallied-histogram.ts';

/** What the kernel has counted for a service, or for one of its real servers. */
export type Traffic = {
  readonly service: string;
  /** Absent for the service as a whole, which also remembers servers that have left it. */
  readonly server?: string;
  readonly connections: bigint;
  readonly inPackets: bigint;
  readonly outPackets: bigint;
  readonly inBytes: bigint;
  readonly outBytes: bigint;
};

export type Metrics = {
  readonly hearVrrp: (event: VrrpEvent) => void;
  /** @param server as its services name it. */
  readonly hearProbe: (server: string, result: ProbeResult) => void;
  readonly hearDefect: (defect: Defect) => void;
  /** The text exposition format 0.0.4. */
  readonly render: (status: Status, traffic: readonly Traffic[]) => Promise<string>;
  readonly contentType: string;
};

const states = ['initialize', 'backup', 'candidate', 'master', 'leaving'] as const;
const healths = ['unknown', 'up', 'down'] as const;
const seconds = (milliseconds: number): number => milliseconds / 1000;

/** A takeover takes milliseconds where the host is idle; a probe up to its timeout. */
const takeoverBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const probeBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export const createMetrics = (director: string): Metrics => {
  const registry = new Registry();
  registry.setDefaultLabels({ director });
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });

  const routerState = gauge('regent_router_state', 'Whether the router is in the state: 1 or 0.', 'router', 'state');
  const routerPriority = gauge('regent_router_priority', 'Priority that the router advertises.', 'router');
  const since = gauge('regent_router_since_seconds', 'Wall time of the last transition, since the epoch.', 'router');
  const lateness = gauge(
    'regent_router_worst_lateness_seconds',
    'Worst lateness of a timer of the router since vrrp started.',
    'router',
  );
  const sent = counter('regent_router_advertisements_sent_total', 'Advertisements sent.', 'router');
  const received = counter('regent_router_advertisements_received_total', 'Advertisements accepted.', 'router');
  const dropped = counter('regent_router_dropped_total', 'Packets dropped, by reason.', 'router', 'reason');
  const splitBrain = gauge(
    'regent_router_split_brain',
    'Whether another master is seen beside this one: 1 or 0.',
    'router',
  );
  const splitBrains = counter('regent_router_split_brains_total', 'Times that another master was seen.', 'router');
  const strays = counter(
    'regent_interface_dropped_total',
    'Packets dropped that were for no router, by reason.',
    'interface',
    'family',
    'reason',
  );
  const transitions = counter(
    'regent_router_transitions_total',
    'Transitions since the director started, by reason.',
    'router',
    'to',
    'reason',
  );
  const takeover = new Histogram({
    name: 'regent_takeover_seconds',
    help: 'From the event that made a master until addresses, announcement and advertisement were out.',
    labelNames: ['router', 'stage'],
    buckets: takeoverBuckets,
    registers,
  });
  const serverHealth = gauge(
    'regent_server_health',
    'Whether the verdict on the real server is this one: 1 or 0.',
    'service',
    'server',
    'health',
  );
  const serverDrained = gauge(
    'regent_server_drained',
    'Whether a command drains the real server.',
    'service',
    'server',
  );
  const weight = gauge(
    'regent_server_weight',
    'Weight in the kernel; absent without a destination.',
    'service',
    'server',
  );
  const active = gauge('regent_server_active_connections', 'Established connections.', 'service', 'server');
  const inactive = gauge('regent_server_inactive_connections', 'Connections that close or wait.', 'service', 'server');
  const probes = new Histogram({
    name: 'regent_probe_seconds',
    help: 'Duration of probes, by outcome.',
    labelNames: ['server', 'outcome'],
    buckets: probeBuckets,
    registers,
  });
  const defects = counter('regent_probe_defects_total', 'Exceptions in probes that no check had caught.');
  const connections = counter(
    'regent_server_connections_total',
    'Connections that IPVS has scheduled.',
    'service',
    'server',
  );
  const packets = counter(
    'regent_server_packets_total',
    'Packets that IPVS has forwarded.',
    'service',
    'server',
    'direction',
  );
  const bytes = counter(
    'regent_server_bytes_total',
    'Bytes that IPVS has forwarded.',
    'service',
    'server',
    'direction',
  );
  const serviceConnections = counter(
    'regent_service_connections_total',
    'Connections of the service that IPVS has scheduled.',
    'service',
  );
  const servicePackets = counter(
    'regent_service_packets_total',
    'Packets of the service that IPVS has forwarded.',
    'service',
    'direction',
  );
  const serviceBytes = counter(
    'regent_service_bytes_total',
    'Bytes of the service that IPVS has forwarded.',
    'service',
    'direction',
  );
  const warnings = gauge('regent_warnings', 'How many warnings the status shows.');
  const configured = gauge('regent_configured_seconds', 'When the configuration came into force, since the epoch.');
  const processUp = gauge('regent_process_up', 'Whether the process of the director runs.', 'process');

  /** What is read when asked for; it is forgotten in between, so that what is gone does not linger. */
  const read = [
    ...[
      routerState,
      routerPriority,
      since,
      lateness,
      sent,
      received,
      dropped,
      splitBrain,
      splitBrains,
      strays,
      serverHealth,
    ],
    ...[serviceConnections, servicePackets, serviceBytes],
    ...[serverDrained, weight, active, inactive, connections, packets, bytes, warnings, configured, processUp],
  ];

  const readRouters = ({ routers }: Status): void => {
    for (const router of routers) {
      const labels = { router: router.name };
      for (const state of states) routerState.set({ ...labels, state }, router.state === state ? 1 : 0);
      routerPriority.set(labels, router.priority);
      since.set(labels, seconds(router.since));
      lateness.set(labels, seconds(router.worstLateness));
      sent.inc(labels, router.sent);
      received.inc(labels, router.received);
      splitBrain.set(labels, router.rivals.length > 0 ? 1 : 0);
      splitBrains.inc(labels, router.splitBrains);
      for (const [reason, count] of Object.entries(router.dropped)) dropped.inc({ ...labels, reason }, count);
    }
  };

  const readInterfaces = ({ interfaces }: Status): void => {
    for (const { interface: name, family, dropped: reasons } of interfaces)
      for (const [reason, count] of Object.entries(reasons)) strays.inc({ interface: name, family, reason }, count);
  };

  const readServer = ({ name: service }: ServiceStatus, server: ServerStatus): void => {
    const labels = { service, server: server.name };
    for (const health of healths) serverHealth.set({ ...labels, health }, server.health === health ? 1 : 0);
    serverDrained.set(labels, server.drained ? 1 : 0);
    if (server.weight !== undefined) weight.set(labels, server.weight);
    if (server.activeConnections !== undefined) active.set(labels, server.activeConnections);
    if (server.inactiveConnections !== undefined) inactive.set(labels, server.inactiveConnections);
  };

  const readTraffic = ({ service, server, ...counted }: Traffic): void => {
    const labels = { service, ...(server !== undefined && { server }) };
    const [inward, outward] = [
      { ...labels, direction: 'in' },
      { ...labels, direction: 'out' },
    ];
    const of =
      server === undefined
        ? { connections: serviceConnections, packets: servicePackets, bytes: serviceBytes }
        : { connections, packets, bytes };
    of.connections.inc(labels, Number(counted.connections));
    of.packets.inc(inward, Number(counted.inPackets));
    of.packets.inc(outward, Number(counted.outPackets));
    of.bytes.inc(inward, Number(counted.inBytes));
    of.bytes.inc(outward, Number(counted.outBytes));
  };

  const renderLateness = ({ routers }: Status): string =>
    renderTallied(
      'regent_advertisement_lateness_seconds',
      'How late advertisements left after they were due.',
      routers.map(({ name, advertisementLateness: { bounds, counts, sum } }) => ({
        labels: { director, router: name },
        bounds: bounds.map(seconds),
        counts,
        sum: seconds(sum),
      })),
    );

  return {
    hearVrrp: (event) => {
      if (event.type !== 'transition') return;
      const { router, to, reason, takeover: timings } = event;
      transitions.inc({ router, to, reason: reason.code });
      if (timings === undefined) return;
      takeover.observe({ router, stage: 'addresses' }, seconds(timings.toAddresses));
      takeover.observe({ router, stage: 'announcement' }, seconds(timings.toAnnouncement));
      takeover.observe({ router, stage: 'advertisement' }, seconds(timings.toAdvertisement));
    },
    hearDefect: ({ times }) => defects.inc(times),
    hearProbe: (server, { ok, latency }) =>
      probes.observe({ server, outcome: ok ? 'success' : 'failure' }, seconds(latency)),
    render: async (status, traffic) => {
      for (const metric of read) metric.reset();
      readRouters(status);
      readInterfaces(status);
      for (const service of status.services) for (const server of service.servers) readServer(service, server);
      for (const one of traffic) readTraffic(one);
      warnings.set(status.warnings.length);
      configured.set(seconds(status.configuredAt));
      processUp.set({ process: 'vrrp' }, status.processes.vrrp === undefined ? 0 : 1);
      processUp.set({ process: 'healthcheck' }, status.processes.healthcheck === undefined ? 0 : 1);
      return (await registry.metrics()) + renderLateness(status);
    },
    contentType: registry.contentType,
  };
};
