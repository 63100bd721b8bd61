// The director's life cycle: starts and connects its parts, and changes their configuration.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createBus } from '../base/bus.ts';
import { watchTurns } from '../base/longest-turn.ts';
import { elapsed } from '../base/units.ts';
import { unreachable } from '../base/unreachable.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import { shareServices } from '../config/model/shared-services.ts';
import type { ConfigResult } from '../config/source/result.ts';
import { ignoreRealTimeSignals } from '../kernel/system/libc.ts';
import type { RouterRestraint } from '../vrrp/messages.ts';
import type { RouterStatus } from '../vrrp/status.ts';
import { createFileWatch } from './config-file.ts';
import { openExplanations } from './control/explanations.ts';
import { openInquiries } from './control/inquiries.ts';
import { type MetricsServer, serveMetrics } from './control/metrics-server.ts';
import type { Status } from './control/status.ts';
import { openControlSocket } from './control-socket.ts';
import { makeRoom, stop } from './ending.ts';
import type { InForce } from './in-force.ts';
import { readJournal } from './log/journal.ts';
import type { OpenLog } from './log/log.ts';
import { openRecentRecords } from './log/recent-records.ts';
import { createRecordFaults } from './log/record-fault.ts';
import { type CommandReport, openMembers } from './members.ts';
import { openWall, type Told, toldBy } from './page/wall.ts';
import { openParts, type PartReport, routerNames, serverNames } from './parts.ts';
import { installedVersion } from './processes/program.ts';
import { oneAfterAnother, type ReloadOutcome, reloadConfiguration } from './reload.ts';
import { openSection } from './section.ts';
import { openServiceManager } from './service-manager.ts';
import { applySysctls, interfacesWithSettings } from './sysctls.ts';

export type Directories = { readonly runtime: string; readonly state: string };

export const journalPath = (state: string): string => join(state, 'journal.jsonl');

export type DirectorOptions = {
  readonly config: DirectorConfig;
  /** The configuration file and its reader. @param known what the file was read as, the last time */
  readonly file: string;
  readonly read: (known: DirectorConfig) => Promise<ConfigResult>;
  readonly directories: Directories;
  readonly logs: OpenLog;
};

export type Director = {
  readonly reload: () => Promise<ReloadOutcome>;
  readonly status: () => Status;
  /** Gives up mastership, make-before-break, and removes everything regent added. */
  readonly stop: () => Promise<void>;
  /** Ends the controller alone: mastership, addresses and IPVS stay for the next controller, which must start within `hold`. */
  readonly makeRoom: () => Promise<void>;
};

const passEvery = 500;
const lookEvery = 1000;
/** More often than heartbeats come. */
const judgeEvery = 250;
/** Records that a page is shown at first. */
const mostRecords = 300;
/** Of a peer that is configured no longer. */
const nothingTold = { status: {}, records: [] };
/** A reload answers once IPVS is written, and after this time in any case, in milliseconds. */
const longestReload = 5000;

export const runDirector = (options: DirectorOptions): Director => {
  const { file, read, directories, logs } = options;
  const { log } = logs;
  const startedAt = Date.now();
  const turns = watchTurns();
  const beginning = turns.clock();
  let configuredAt = startedAt;
  let refusedConfiguration: string | undefined;
  let isStopping = false;
  const journal = journalPath(directories.state);

  const bus = createBus<PartReport | CommandReport>();
  const records = createRecordFaults(log);
  const changed = createBus<InForce>();
  const members = openMembers({
    config: options.config,
    stateDirectory: directories.state,
    records,
    apply: changed.send,
    report: bus.send,
    log,
  });
  const { operator } = members;
  /** The configuration in force. */
  const current = (): DirectorConfig => members.now().config;
  let heldBack: string | undefined;
  let restraints: readonly RouterRestraint[] | undefined;
  // Before any process is started, which ignores them by that.
  ignoreRealTimeSignals();
  const parts = openParts({
    current,
    operator,
    records,
    directories,
    heldBack: () => heldBack,
    restraints: () => restraints,
    turns,
    log,
    report: bus.send,
  });
  const { realServers, firstVerdicts, metrics, notified, sysctls, ipvs, peers, exchange, splitBrain } = parts;
  const { acceptTable, takeoverTable, processes, anycast, engine } = parts;
  const { vrrp, healthcheck } = processes;
  const holdBack = (): void => {
    heldBack = firstVerdicts.heldBack() ?? exchange.heldBack();
    restraints = splitBrain.restraints();
  };
  const configureVrrp = (): void => {
    holdBack();
    vrrp.configure();
  };
  holdBack();
  /** A router counts as aside from the command on; vrrp may apply and report it a little later. */
  const routers = (): RouterStatus[] =>
    vrrp.routers().map((router) => (operator.aside().includes(router.name) ? { ...router, aside: true } : router));
  /** Acts on the judgements of a turn. */
  const followJudgements = (): void => {
    processes.trackServices((service) => ipvs.table()?.judgementOf(service), ipvs.fault());
    if (firstVerdicts.look()) configureVrrp();
    anycast.look();
  };
  let interfaces = interfacesWithSettings();
  /** An interface that is renamed keeps its settings: those of a router's interface are made when it appears. */
  const followInterfaces = (): void => {
    const now = interfacesWithSettings();
    if (now === interfaces) return;
    interfaces = now;
    applySysctls(current(), sysctls, log, ipvs.table() !== undefined);
  };
  const pass = (): void => {
    turns.begin();
    metrics.observeTurn('controller', turns.longest());
    followInterfaces();
    members.follow();
    ipvs.pass();
    if (ipvs.fault() !== undefined) followJudgements();
    acceptTable.reconcile(current());
    takeoverTable.reconcile(current(), vrrp.routers());
    if (firstVerdicts.look()) configureVrrp();
    anycast.look();
  };

  let metricsServed = (): MetricsServer | undefined => undefined;
  const inquiries = openInquiries({
    version: installedVersion(),
    config: current,
    clock: turns.clock,
    withCommands: members.with,
    differences: () => members.now().differences,
    startedAt,
    uptime: () => elapsed(beginning, turns.clock()),
    configuredAt: () => configuredAt,
    programs: processes.programs,
    routers,
    bfd: vrrp.bfd,
    anycast: anycast.status,
    anycastHeld: vrrp.anycast,
    engine: () => engine.part()?.state(),
    interfaces: vrrp.interfaces,
    realServers,
    probeWarnings: parts.verdicts.warnings,
    commands: operator.commands,
    aside: operator.aside,
    peers: () => peers.part()?.status() ?? [],
    peersFault: peers.fault,
    splitBrain: splitBrain.status,
    notifications: () => notified.part()?.status() ?? [],
    table: ipvs.table,
    tableFault: ipvs.fault,
    recordFaults: () => [...records.warnings(), ...logs.faults()],
    refusedConfiguration: () => refusedConfiguration,
    metricsFault: () => metricsServed()?.fault(),
    metricsCertificate: () => metricsServed()?.certificate(),
    exchange,
    metrics,
  });
  const serviceManager = openServiceManager({
    environment: process.env,
    isWorking: () => vrrp.isAnswering() && healthcheck.isAnswering(),
    status: inquiries.status,
    log,
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
    open: (section) => serveMetrics(section, { exposition: inquiries.exposition, probed: inquiries.probed, wall, log }),
  });
  metricsServed = metricsServer.part;

  const saved = createBus<void>();
  const fileWatch = createFileWatch(file, saved.send, log);

  const apply = (inForce: InForce): void => {
    turns.begin();
    const [before, next] = [current(), inForce.config];
    if (isStopping) throw new Error('the director stops');
    if (next.director !== before.director) throw new Error('director: only a restart can change its name');
    // Steps that may fail come first: on failure nothing has changed.
    ipvs.configure(next);
    members.take(inForce);
    for (const section of [peers, notified, metricsServer, splitBrain.section, engine]) section.configure(next);
    applySysctls(next, sysctls, log, ipvs.table() !== undefined);
    if (!isDeepStrictEqual(next.log, before.log)) logs.configure(next.log);
    fileWatch.follow(next.watch);
    holdBack();
    processes.configure();
    void metrics.keep(new Set(routerNames(next)), new Set(serverNames(next)));
    pass();
  };
  changed.handle(apply);
  const applyFile = (file: DirectorConfig): void => {
    apply(members.with(file));
    configuredAt = Date.now();
    members.forget();
  };
  /** What the new configuration shares with the current one needs no second look by anything. */
  const readShared = async (): Promise<ConfigResult> => {
    const result = await read(members.now().file);
    turns.begin();
    return result.ok ? { ...result, config: shareServices(members.now().file, result.config) } : result;
  };
  const reloadNow = async (): Promise<ReloadOutcome> => {
    if (isStopping) return { applied: false, problems: ['the director stops'] };
    serviceManager.reloading();
    const result = await reloadConfiguration({
      read: readShared,
      plan: (next) => inquiries.plan(next).plan,
      apply: applyFile,
      log,
    });
    await Promise.race([ipvs.table()?.settled(), sleep(longestReload, undefined, { ref: false })]);
    if (!isStopping) serviceManager.reloaded();
    refusedConfiguration = result.applied ? undefined : result.problems.join('; ');
    return result;
  };
  const reload = oneAfterAnother(reloadNow);
  saved.handle(() => void reload());

  bus.handle((report) => {
    switch (report.type) {
      case 'commands':
        if (report.origin === 'peer') members.follow();
        ipvs.table()?.mark();
        if (report.origin === 'here') peers.part()?.send();
        return;
      case 'aside':
        anycast.look();
        void exchange.sendBeforeLeaving().then(configureVrrp);
        return;
      case 'question':
        report.answer(exchange.onQuestion(report.question));
        return;
      case 'status-question':
        report.answer(tell(report.since));
        return;
      case 'turn':
        followJudgements();
        return;
      case 'vrrp-event':
        explanations.note(report.event);
        exchange.note(report.event);
        // Once the status that follows has come.
        if (report.event.type === 'transition') setImmediate(splitBrain.look);
        if (report.event.type === 'handover-failed') operator.forgetHandover(report.event.router);
        return;
      case 'given-up':
        void exchange.sendLatest();
        return;
      case 'restrained':
      case 'held-back':
        configureVrrp();
        return;
      case 'vrrp-configured':
        return anycast.resend();
      case 'anycast':
        return anycast.look();
      default:
        unreachable(report);
    }
  });

  const control = openControlSocket({
    runtimeDirectory: directories.runtime,
    journal,
    parts: { ...parts, members },
    inquiries,
    explanations,
    reload,
    logs,
  });
  fileWatch.follow(current().watch);
  members.forget();
  const ticker = setInterval(pass, passEvery);
  const looker = setInterval(exchange.look, lookEvery);
  const judge = setInterval(splitBrain.look, judgeEvery);
  pass();
  log(
    'info',
    { process: 'director', event: 'started' },
    `started with ${current().vrrp.routers.length} routers and ${current().virtualServices.length} services`,
  );

  const closeControl = (): void => {
    fileWatch.close();
    clearInterval(ticker);
    clearInterval(looker);
    clearInterval(judge);
    processes.close();
    wall.close();
    recent.close();
    for (const section of [peers, metricsServer, splitBrain.section, engine]) section.close();
    control.close();
  };

  const once = (end: () => Promise<void>) => async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    await end();
  };
  const ending = { parts: { ...parts, records }, serviceManager, directories, closeControl, log };
  return {
    status: inquiries.status,
    reload,
    makeRoom: once(() => makeRoom(ending, current().vrrp.hold)),
    stop: once(() => stop(ending)),
  };
};
