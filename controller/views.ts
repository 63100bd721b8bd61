// What a director shows of itself: its status and metrics, why things are as they are, its records, and the page.

import { elapsed, type Instant } from '../base/units.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import type { RouterStatus } from '../vrrp/status.ts';
import { type Explanations, openExplanations } from './control/explanations.ts';
import { type Inquiries, openInquiries } from './control/inquiries.ts';

import { type MetricsHealth, type MetricsServer, serveMetrics } from './control/metrics-server.ts';
import { readJournal } from './log/journal.ts';
import type { OpenLog } from './log/log.ts';
import { openRecentRecords } from './log/recent-records.ts';
import type { RecordFaults } from './log/record-fault.ts';
import type { Members } from './members.ts';
import { openWall, type Told, toldBy } from './page/wall.ts';
import type { Parts } from './parts.ts';
import { installedVersion } from './processes/program.ts';
import { openSection, type Section } from './section.ts';

export type Views = {
  readonly inquiries: Inquiries;
  readonly explanations: Explanations;
  readonly metricsServer: Section<MetricsServer>;
  /** The status, and the records later than `since`. */
  readonly tell: (since: string | undefined) => Promise<Told>;
  readonly close: () => void;
};

/** The configuration in force, and the file that is refused. */
export type ConfigurationState = {
  /** When the configuration was put in force: wall time, milliseconds since the epoch. */
  configuredAt: number;
  /** Why the current configuration file is not in force; undefined while it is. */
  refused: string | undefined;
};

export type ViewsOptions = {
  readonly current: () => DirectorConfig;
  readonly parts: Parts;
  readonly members: Members;
  readonly configuration: Readonly<ConfigurationState>;
  /** By both clocks; the wall's in milliseconds since the epoch. */
  readonly started: { readonly at: number; readonly on: Instant };
  readonly journal: string;
  readonly records: RecordFaults;
  readonly logs: OpenLog;
};

/** Records that a page is shown at first. */
const mostRecords = 300;
/** Of a peer that is configured no longer. */
const nothingTold = { status: {}, records: [] };

export const openViews = (options: ViewsOptions): Views => {
  const { current, parts, members, configuration, started, journal, records, logs } = options;
  const { operator } = members;
  const { log } = logs;
  const { verdicts, realServers, metrics, notified, ipvs, peers, exchange, splitBrain, anycast, engine, turns } = parts;
  const { programs, vrrp } = parts.processes;

  /** A router counts as aside from the command on; vrrp may apply and report it a little later. */
  const routers = (): RouterStatus[] =>
    vrrp.routers().map((router) => (operator.aside().includes(router.name) ? { ...router, aside: true } : router));
  const metricsHealth: MetricsHealth = {};
  const inquiries = openInquiries({
    version: installedVersion(),
    config: current,
    clock: turns.clock,
    withCommands: members.with,
    differences: () => members.now().differences,
    startedAt: started.at,
    uptime: () => elapsed(started.on, turns.clock()),
    configuredAt: () => configuration.configuredAt,
    programs,
    routers,
    bfd: vrrp.bfd,
    anycast: anycast.status,
    anycastHeld: vrrp.anycast,
    engine: () => engine.part()?.state(),
    interfaces: vrrp.interfaces,
    realServers,
    probeWarnings: verdicts.warnings,
    commands: operator.commands,
    aside: operator.aside,
    peers: () => peers.part()?.status() ?? [],
    peersFault: peers.fault,
    splitBrain: splitBrain.status,
    notifications: () => notified.part()?.status() ?? [],
    table: ipvs.table,
    tableFault: ipvs.fault,
    recordFaults: () => [...records.warnings(), ...logs.faults()],
    refusedConfiguration: () => configuration.refused,
    metricsFault: () => metricsHealth.fault,
    metricsCertificate: () => metricsHealth.certificate,
    exchange,
    metrics,
  });

  const explanations = openExplanations({
    config: current,
    routers,
    verdictOf: (router) => splitBrain.status().verdicts.find((found) => found.router === router),
    anycast: anycast.status,
    services: () => inquiries.status().services,
  });
  explanations
    .recall(readJournal(journal, { process: 'vrrp' }))
    .catch((error: Error) =>
      log(
        'warn',
        { process: 'director', event: 'journal-unreadable' },
        `cannot read the journal: ${error.message}; earlier transitions are not explained`,
      ),
    );

  const recent = openRecentRecords(
    { journal: (wanted) => readJournal(journal, wanted), follow: logs.follow },
    mostRecords,
  );
  const tell = async (since: string | undefined): Promise<Told> => ({
    status: await inquiries.gather(),
    records: await recent.since(since),
  });
  const wall = openWall({
    version: installedVersion(),
    sources: () => [
      { name: current().director, ask: tell },
      ...(peers.part()?.status() ?? []).map(({ address, director }) => ({
        name: director ?? address,
        ask: async (since: string | undefined, limit: number) =>
          toldBy((await peers.part()?.askStatus(address, since, limit)) ?? nothingTold),
      })),
    ],
  });
  const metricsServer = openSection(current(), {
    key: 'metrics',
    open: (section) =>
      serveMetrics(section, {
        exposition: inquiries.exposition,
        probed: inquiries.probed,
        wall,
        health: metricsHealth,
        log,
      }),
  });

  return {
    inquiries,
    explanations,
    metricsServer,
    tell,
    close: () => {
      wall.close();
      recent.close();
      metricsServer.close();
    },
  };
};
