// Prometheus metrics of each service and real server. Rows are made at each scrape, one service at a time: ten thousand servers
// have some hundred thousand rows.

import type { ProbeResult } from '../../healthcheck/messages.ts';
import { type Labelled, type LabelledFamily, type Labels, renderLabelled, type Sample } from './metric-family.ts';
import type { ServerStatus, ServiceStatus } from './status.ts';
import { labelText, renderTallied, type Tallied, talliedLines } from './tallied-histogram.ts';

/** The kernel's counters for a service, or for one of its real servers. */
export type Traffic = {
  readonly service: string;
  /** Absent for the whole service, which also counts servers that have left it. */
  readonly server?: string;
  readonly connections: bigint;
  readonly inPackets: bigint;
  readonly outPackets: bigint;
  readonly inBytes: bigint;
  readonly outBytes: bigint;
};

const healths = ['unknown', 'up', 'down'] as const;

const gauge = (
  name: string,
  help: string,
  read: (status: ServerStatus) => number | undefined,
): LabelledFamily<ServerStatus> => ({
  name,
  help,
  type: 'gauge',
  samples: (status) => {
    const value = read(status);
    return value === undefined ? [] : [[value]];
  },
});

const serverFamilies: readonly LabelledFamily<ServerStatus>[] = [
  {
    name: 'regent_server_health',
    help: 'Whether the verdict on the real server is this one: 1 or 0.',
    type: 'gauge',
    samples: ({ health }) => healths.map((each): Sample => [health === each ? 1 : 0, `,health="${each}"`]),
  },
  gauge('regent_server_drained', 'Whether a command drains the real server.', ({ drained }) => (drained ? 1 : 0)),
  gauge('regent_server_weight', 'Weight in the kernel; absent without a destination.', ({ weight }) => weight),
  gauge(
    'regent_server_certificate_expiry_timestamp_seconds',
    'When the certificate of the real server expires, since the epoch; absent without TLS.',
    ({ certificateExpires }) => certificateExpires && certificateExpires / 1000,
  ),
  gauge('regent_server_active_connections', 'Established connections.', ({ activeConnections }) => activeConnections),
  gauge(
    'regent_server_inactive_connections',
    'Connections that close or wait.',
    ({ inactiveConnections }) => inactiveConnections,
  ),
];

const directions = { in: ',direction="in"', out: ',direction="out"' } as const;

const trafficFamilies = (whose: 'server' | 'service', of: string): readonly LabelledFamily<Traffic>[] => {
  const family = (what: string, done: string, samples: (one: Traffic) => readonly Sample[]) => ({
    name: `regent_${whose}_${what}_total`,
    help: `${done[0]?.toUpperCase()}${done.slice(1)}`,
    type: 'counter' as const,
    samples,
  });
  return [
    family('connections', `connections${of} that IPVS has scheduled.`, ({ connections }) => [[connections]]),
    family('packets', `packets${of} that IPVS has forwarded.`, ({ inPackets, outPackets }) => [
      [inPackets, directions.in],
      [outPackets, directions.out],
    ]),
    family('bytes', `bytes${of} that IPVS has forwarded.`, ({ inBytes, outBytes }) => [
      [inBytes, directions.in],
      [outBytes, directions.out],
    ]),
  ];
};

/** The text exposition format 0.0.4, in pieces of some hundred servers, and empty ones before while it prepares. */
export function* renderServers(
  common: Labels,
  services: readonly ServiceStatus[],
  traffic: readonly Traffic[],
): Generator<string> {
  const shared = `,${labelText(common)}`;
  const servers: Labelled<ServerStatus>[] = [];
  for (const { name: service, servers: own } of services) {
    servers.push(...own.map((item) => ({ labels: labelText({ service, server: item.name }), item })));
    yield '';
  }
  const [ofServers, ofServices]: [Labelled<Traffic>[], Labelled<Traffic>[]] = [[], []];
  for (const item of traffic) {
    const { service, server } = item;
    if (server === undefined) ofServices.push({ labels: labelText({ service }), item });
    else ofServers.push({ labels: labelText({ service, server }), item });
    yield '';
  }
  for (const family of serverFamilies) yield* renderLabelled(family, shared, servers);
  for (const family of trafficFamilies('server', '')) yield* renderLabelled(family, shared, ofServers);
  for (const family of trafficFamilies('service', ' of the service')) yield* renderLabelled(family, shared, ofServices);
}

/** In seconds; a probe takes up to its timeout. */
const probeBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Servers whose histograms are rendered in one piece. */
const portion = 20;

const outcomes = ['success', 'failure'] as const;
/** How many were in each bucket, and their sum: one plain list takes half of the memory of an object with them. */
type Tally = number[];
const sumAt = probeBuckets.length + 1;

/** Durations of each server's probes, by outcome. */
export type ProbeTimes = {
  readonly note: (server: string, result: ProbeResult) => void;
  /** Forgets all other servers. */
  readonly keep: (servers: ReadonlySet<string>) => void;
  /** The text exposition format 0.0.4, in pieces of some hundred servers. */
  readonly render: (common: Labels) => Generator<string>;
};

export const createProbeTimes = (): ProbeTimes => {
  const tallies = { success: new Map<string, Tally>(), failure: new Map<string, Tally>() };
  const rowOf = (server: string, outcome: (typeof outcomes)[number], common: Labels): Tallied[] => {
    const tally = tallies[outcome].get(server);
    if (tally === undefined) return [];
    const labels = { ...common, server, outcome };
    return [{ labels, bounds: probeBuckets, counts: tally.slice(0, sumAt), sum: tally[sumAt] ?? 0 }];
  };
  const servers = (): string[] => [...new Set(outcomes.flatMap((outcome) => [...tallies[outcome].keys()]))];
  return {
    note: (server, { ok, latency }) => {
      const own = tallies[ok ? 'success' : 'failure'];
      let tally = own.get(server);
      if (tally === undefined) {
        tally = new Array<number>(sumAt + 1).fill(0);
        own.set(server, tally);
      }
      const span = latency / 1000;
      const found = probeBuckets.findIndex((bound) => span <= bound);
      const at = found < 0 ? probeBuckets.length : found;
      tally[at] = (tally[at] ?? 0) + 1;
      tally[sumAt] = (tally[sumAt] ?? 0) + span;
    },
    keep: (kept) => {
      for (const outcome of outcomes)
        for (const server of tallies[outcome].keys()) if (!kept.has(server)) tallies[outcome].delete(server);
    },
    render: function* (common) {
      const name = 'regent_probe_seconds';
      yield renderTallied(name, 'Duration of probes, by outcome.', []);
      const all = servers();
      for (let from = 0; from < all.length; from += portion) {
        const some = all.slice(from, from + portion);
        yield talliedLines(
          name,
          some.flatMap((server) => outcomes.flatMap((outcome) => rowOf(server, outcome, common))),
        );
      }
    },
  };
};
