// Prometheus metrics: counters follow events, gauges are read from the status at each scrape.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Clock, monotonic } from '../../base/units.ts';
import type { Defect, ProbeResult } from '../../healthcheck/messages.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';
import { directorFamilies } from './director-metrics.ts';
import { type Labels, renderFamily } from './metric-family.ts';
import { readFacts } from './process-facts.ts';
import { createProbeTimes, renderServers, type Traffic } from './server-metrics.ts';
import { inSlices } from './slices.ts';
import type { Status } from './status.ts';
import { renderTallied } from './tallied-histogram.ts';

export type Metrics = {
  /** @param longest turn of its event loop so far, in milliseconds */
  readonly observeTurn: (process: 'controller' | 'healthcheck' | 'vrrp', longest: number) => void;
  readonly observeVrrp: (event: VrrpEvent) => void;
  /** Forgets the series of all other routers and servers; call it when the configuration has changed. */
  readonly keep: (routers: ReadonlySet<string>, servers: ReadonlySet<string>) => Promise<void>;
  /** @param server by the name that its services use. */
  readonly observeProbe: (server: string, result: ProbeResult) => void;
  readonly countDefect: (defect: Defect) => void;
  /** The text exposition format 0.0.4, in pieces: other work runs between two of them. */
  readonly render: (status: Status, traffic: readonly Traffic[]) => AsyncGenerator<string>;
  readonly contentType: string;
};

const states = ['initialize', 'backup', 'candidate', 'master', 'leaving'] as const;
const seconds = (milliseconds: number): number => milliseconds / 1000;

/** A takeover takes milliseconds where the host is idle. */
const takeoverBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

export const createMetrics = (clock: Clock = monotonic): Metrics => {
  const probes = createProbeTimes();
  const turns = new Map<string, number>();
  const registry = new Registry();
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });

  const routerState = gauge('regent_router_state', 'Whether the router is in the state: 1 or 0.', 'router', 'state');
  const routerPriority = gauge('regent_router_priority', 'Priority that the router advertises.', 'router');
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
    'Whether another master is seen besides this one: 1 or 0.',
    'router',
  );
  const splitBrains = counter('regent_router_split_brains_total', 'Times that another master was seen.', 'router');
  const strays = counter(
    'regent_interface_dropped_total',
    'Dropped packets that belonged to no router, by reason.',
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
    help: 'Time from the event that made a router master until its addresses, announcement and advertisement were out.',
    labelNames: ['router', 'stage'],
    buckets: takeoverBuckets,
    registers,
  });
  const defects = counter('regent_probe_defects_total', 'Exceptions in probes that no check had caught.');
  const ipvsUp = gauge('regent_ipvs_up', 'Whether the virtual services are in the kernel, or there are none: 1 or 0.');
  const warnings = gauge('regent_warnings', 'Number of warnings in the status.');
  const longestTurn = gauge(
    'regent_longest_turn_seconds',
    'Longest time since the start of a process for which its event loop was busy.',
    'process',
  );
  const processUp = gauge('regent_process_up', 'Whether the process of the director runs.', 'process');

  /** Gauges read at each scrape and reset in between, so that removed objects disappear. */
  const read = [
    ...[routerState, routerPriority, lateness, sent, received, dropped, splitBrain, splitBrains, strays],
    ...[ipvsUp, warnings, processUp, longestTurn],
  ];

  const readRouters = ({ routers }: Status): void => {
    for (const router of routers) {
      const labels = { router: router.name };
      for (const state of states) routerState.set({ ...labels, state }, router.state === state ? 1 : 0);
      routerPriority.set(labels, router.priority);
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

  const renderLateness = ({ routers }: Status, common: Labels): string =>
    renderTallied(
      'regent_advertisement_lateness_seconds',
      'How late advertisements left after they were due.',
      routers.map(({ name, advertisementLateness: { bounds, counts, sum } }) => ({
        labels: { ...common, router: name },
        bounds: bounds.map(seconds),
        counts,
        sum: seconds(sum),
      })),
    );

  return {
    observeVrrp: (event) => {
      if (event.type !== 'transition') return;
      const { router, to, reason, takeover: timings } = event;
      transitions.inc({ router, to, reason: reason.code });
      if (timings === undefined) return;
      takeover.observe({ router, stage: 'addresses' }, seconds(timings.toAddresses));
      takeover.observe({ router, stage: 'announcement' }, seconds(timings.toAnnouncement));
      takeover.observe({ router, stage: 'advertisement' }, seconds(timings.toAdvertisement));
    },
    keep: async (routers, servers) => {
      probes.keep(servers);
      for (const { labels } of (await transitions.get()).values)
        if (!routers.has(String(labels.router))) transitions.remove(labels);
      for (const { labels } of (await takeover.get()).values) {
        const { router = '', stage = '' } = labels;
        if (!routers.has(String(router))) takeover.remove({ router, stage });
      }
    },
    countDefect: ({ times }) => defects.inc(times),
    observeProbe: probes.note,
    observeTurn: (process, longest) => void turns.set(process, longest),
    render: async function* (status, traffic) {
      for (const metric of read) metric.reset();
      readRouters(status);
      readInterfaces(status);
      ipvsUp.set(status.ipvs.fault === undefined ? 1 : 0);
      warnings.set(status.warnings.length);
      processUp.set({ process: 'vrrp' }, status.processes.vrrp === undefined ? 0 : 1);
      processUp.set({ process: 'healthcheck' }, status.processes.healthcheck === undefined ? 0 : 1);
      for (const [process, longest] of turns) longestTurn.set({ process }, seconds(longest));
      probes.keep(new Set(status.services.flatMap(({ servers }) => servers.map(({ name }) => name))));
      const common = { director: status.director, cluster: status.cluster };
      registry.setDefaultLabels(common);
      yield (await registry.metrics()) + renderLateness(status, common);
      const observed = [{ status, facts: readFacts(status) }];
      yield directorFamilies.map((family) => renderFamily(family, common, observed)).join('');
      for (const part of [renderServers(common, status.services, traffic), probes.render(common)])
        for await (const piece of inSlices(part, clock)) if (piece !== '') yield piece;
    },
    contentType: registry.contentType,
  };
};
