// The director's life cycle: starts and connects its parts, changes their configuration, and undoes everything at the end.

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../base/error.ts';
import { watchTurns } from '../base/longest-turn.ts';
import { elapsed, monotonic } from '../base/units.ts';
import { removeFile } from '../base/whole-file.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import { shareServices } from '../config/model/shared-services.ts';
import type { ConfigResult } from '../config/source/result.ts';
import { openOwnership } from '../kernel/ownership.ts';
import type { RouterStatus } from '../vrrp/status.ts';
import { openExplanations } from './control/explanations.ts';
import { openInquiries } from './control/inquiries.ts';
import { createMetrics } from './control/metrics.ts';
import { serveMetrics } from './control/metrics-server.ts';
import { controlRoutes } from './control/routes.ts';
import { serveControl } from './control/server.ts';
import type { Status } from './control/status.ts';
import { openAcceptTable } from './firewall/accept-table.ts';
import { openTakeoverTable } from './firewall/takeover-table.ts';
import { awaitFirstVerdicts } from './first-verdicts.ts';
import { openRealServers } from './ipvs/real-servers.ts';
import { explainNoTable, openIpvsTable } from './ipvs/table.ts';
import { keepTable } from './ipvs/table-keeper.ts';
import { readJournal } from './log/journal.ts';
import type { OpenLog } from './log/log.ts';
import { createRecordFaults } from './log/record-fault.ts';
import { streamRecords } from './log/record-stream.ts';
import { serviceNotices } from './notifications/changes.ts';
import type { Notification } from './notifications/notification.ts';
import { openRecipients } from './notifications/recipients.ts';
import { openOperator } from './operator/operator.ts';
import { openOperatorState } from './operator/state.ts';
import { openConnectionExchange } from './peers/connection-exchange.ts';
import { openPeers } from './peers/peers.ts';
import { superviseProcesses } from './processes/processes.ts';
import { installedVersion } from './processes/program.ts';
import { oneAfterAnother, type ReloadOutcome, reloadConfiguration, watchFile } from './reload.ts';
import { openSection } from './section.ts';
import { openServiceNotices } from './service-manager.ts';
import { applySysctls, restoreInterfaceSettings, restoreSysctls } from './sysctls.ts';

export type Directories = { readonly runtime: string; readonly state: string };

export const journalPath = (state: string): string => join(state, 'journal.jsonl');

export type DirectorOptions = {
  readonly config: DirectorConfig;
  /** The configuration file and its reader. */
  readonly file: string;
  readonly read: () => Promise<ConfigResult>;
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
/** How long a stop waits for the last notifications, and how long when the next controller waits, in milliseconds. */
const stopLimit = 5000;
const roomLimit = 500;

export const runDirector = (options: DirectorOptions): Director => {
  const { file, read, directories, logs } = options;
  const { log } = logs;
  let { config } = options;
  const startedAt = Date.now();
  const beginning = monotonic();
  let configuredAt = startedAt;
  let refusedConfiguration: string | undefined;
  let isStopping = false;
  const current = (): DirectorConfig => config;
  const journal = journalPath(directories.state);
  const routerNames = (): string[] => config.vrrp.routers.map(({ name }) => name);

  const records = createRecordFaults(log);
  const unknownAfterCrash = "and what a crash leaves may not be known as regent's";
  const operator = openOperator({
    director: config.director,
    file: openOperatorState(
      join(directories.state, 'operator.json'),
      records.of('the record of commands', 'which are in force but do not outlive a restart', 'commands-not-saved'),
    ),
    servers: () => realServers.names(),
    routers: routerNames,
    groupOf: (router) => config.vrrp.groups.find(({ routers }) => routers.includes(router))?.routers ?? [router],
    wallClock: Date.now,
    onCommands: (origin) => {
      ipvs.table()?.mark();
      if (origin === 'here') peers.part()?.tell();
    },
    onAside: () => void exchange.tellBeforeLeaving().then(vrrp.configure),
    log,
  });
  const realServers = openRealServers(current, operator.commands, log);
  function* healths() {
    for (const service of config.virtualServices)
      for (const server of service.realServers)
        yield { name: server.name, health: realServers.standingOf(service, server).health };
  }
  const firstVerdicts = awaitFirstVerdicts(healths, monotonic, log);
  const metrics = createMetrics(config.director);
  const notified = openSection(config, { key: 'notifications', open: (section) => openRecipients(section, log) });
  const notify = (notices: readonly Notification[]): void => {
    for (const notice of notices) notified.part()?.notify(notice);
  };

  const acceptTable = openAcceptTable(log);
  const takeoverTable = openTakeoverTable(monotonic, log);
  const sysctls = openOwnership(
    join(directories.state, 'sysctls.json'),
    undefined,
    records.of('the record of its settings', unknownAfterCrash),
  );
  if (sysctls.damage !== undefined) log('warn', { process: 'director', event: 'record-unreadable' }, sysctls.damage);
  const ipvs = keepTable({
    config,
    open: (wanted) =>
      openIpvsTable({
        config: wanted,
        stateDirectory: directories.state,
        standingOf: realServers.standingOf,
        onRecordFault: records.of('the record of its IPVS entries', unknownAfterCrash),
        onJudged: (service, event) => notify(serviceNotices(config.director, service, event, Date.now())),
        onTurn,
        clock: monotonic,
        log,
      }),
    explain: explainNoTable,
    // IPVS's sysctls exist once the table is open: opening it loads the module.
    onOpen: (wanted) => applySysctls(wanted, sysctls, log),
    clock: monotonic,
    log,
  });
  ipvs.configure(config);
  if (ipvs.table() === undefined) applySysctls(config, sysctls, log, false);

  const exchange = openConnectionExchange({
    sync: () => config.connectionSync,
    peers: () => peers.part(),
    destinations: () => ipvs.table()?.destinations() ?? new Map(),
    timeouts: () => ipvs.table()?.timeouts() ?? { tcp: 0, tcpFin: 0, udp: 0 },
    routers: () => vrrp.routers(),
    onHeldBack: () => vrrp.configure(),
    clock: monotonic,
    log,
  });
  const peers = openSection(config, {
    key: 'peers',
    open: (section) =>
      openPeers({
        config: section,
        director: config.director,
        build: installedVersion(),
        commands: operator.commands,
        onMessage: (message) => operator.hearPeer(message.director, message.commands),
        onQuestion: exchange.onQuestion,
        log,
      }),
    onFault: (why) =>
      log(
        'error',
        { process: 'director', event: 'peers-off' },
        `nothing is exchanged with peers until the next reload: ${why}`,
      ),
  });

  const processes = superviseProcesses({
    config: current,
    directories,
    aside: operator.aside,
    heldBack: () => firstVerdicts.heldBack() ?? exchange.heldBack(),
    realServers,
    metrics,
    notify,
    onVrrpEvent: (event) => {
      explanations.hear(event);
      exchange.hear(event);
      if (event.type === 'handover-failed') operator.forgetHandover(event.router);
    },
    onGivenUp: () => void exchange.tellLatest(),
    onVerdict: (services) => ipvs.table()?.mark(services),
    log,
  });
  const { vrrp, healthcheck } = processes;
  /** A router counts as aside from the command on; vrrp may apply and report it a little later. */
  const routers = (): RouterStatus[] =>
    vrrp.routers().map((router) => (operator.aside().includes(router.name) ? { ...router, aside: true } : router));
  /** Acts on the judgements of a turn. */
  function onTurn(): void {
    processes.trackServices((service) => ipvs.table()?.judgementOf(service), ipvs.fault());
    if (firstVerdicts.look()) vrrp.configure();
  }
  const longestTurn = watchTurns();
  const pass = (): void => {
    metrics.hearTurn('controller', longestTurn());
    ipvs.pass();
    if (ipvs.fault() !== undefined) onTurn();
    acceptTable.reconcile(config);
    takeoverTable.reconcile(config, vrrp.routers());
    if (firstVerdicts.look()) vrrp.configure();
  };

  const inquiries = openInquiries({
    config: current,
    startedAt,
    uptime: () => elapsed(beginning, monotonic()),
    configuredAt: () => configuredAt,
    programs: processes.programs,
    routers,
    bfd: vrrp.bfd,
    interfaces: vrrp.interfaces,
    realServers,
    commands: operator.commands,
    aside: operator.aside,
    peers: () => peers.part()?.status() ?? [],
    peersFault: peers.fault,
    notifications: () => notified.part()?.status() ?? [],
    table: ipvs.table,
    tableFault: ipvs.fault,
    recordFaults: () => [...records.warnings(), ...logs.faults()],
    refusedConfiguration: () => refusedConfiguration,
    metrics,
  });
  const notices = openServiceNotices({
    environment: process.env,
    isWorking: () => vrrp.isAnswering() && healthcheck.isAnswering(),
    status: inquiries.status,
    log,
  });
  const explanations = openExplanations({
    config: current,
    routers,
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
  const metricsServer = openSection(config, {
    key: 'metrics',
    open: ({ listen }) => serveMetrics(listen, inquiries.exposition, log),
  });

  const apply = (next: DirectorConfig): void => {
    if (isStopping) throw new Error('the director stops');
    if (next.director !== config.director) throw new Error('director: the name changes by a restart only');
    // Steps that may fail come first: on failure nothing has changed.
    ipvs.configure(next);
    const isSameLog = isDeepStrictEqual(next.log, config.log);
    config = next;
    configuredAt = Date.now();
    for (const section of [peers, notified, metricsServer]) section.configure(next);
    applySysctls(next, sysctls, log, ipvs.table() !== undefined);
    if (!isSameLog) logs.configure(next.log);
    unwatch();
    unwatch = watchWanted();
    processes.configure();
    void metrics.keep(new Set(routerNames()), new Set(realServers.names()));
    pass();
  };
  /** What the new configuration shares with the current one needs no second look by anything. */
  const readShared = async (): Promise<ConfigResult> => {
    const result = await read();
    return result.ok ? { ...result, config: shareServices(config, result.config) } : result;
  };
  const reloadNow = async (): Promise<ReloadOutcome> => {
    if (isStopping) return { applied: false, problems: ['the director stops'] };
    notices.reloading();
    const result = await reloadConfiguration({ read: readShared, plan: inquiries.plan, apply, log });
    if (!isStopping) notices.reloaded();
    refusedConfiguration = result.applied ? undefined : result.problems.join('; ');
    return result;
  };
  const reload = oneAfterAnother(reloadNow);
  const watchWanted = (): (() => void) => {
    if (!config.watch) return () => undefined;
    try {
      return watchFile(file, () => void reload());
    } catch (error) {
      const text = `${file} is not watched until the next reload: ${messageOf(error)}`;
      log('error', { process: 'director', event: 'file-not-watched' }, text);
      return () => undefined;
    }
  };

  const control = serveControl(
    join(directories.runtime, 'control.sock'),
    controlRoutes({
      statusText: inquiries.statusText,
      explainRouter: explanations.ofRouter,
      explainServer: explanations.ofServer,
      command: operator.command,
      standAside: operator.standAside,
      planHandover: (router) => {
        const named = operator.meant(router);
        return typeof named === 'string' ? named : inquiries.planHandover(named);
      },
      plan: (next) => [...inquiries.plan(next), ...processes.planReplacements()],
      replace: processes.replace,
      reload,
      records: (filter, follows, signal) =>
        streamRecords(
          { journal: (wanted) => readJournal(journal, wanted), follow: logs.follow },
          filter,
          follows,
          signal,
        ),
      levels: logs.levels,
      setLevel: (room, level) => {
        logs.setLevel(room, level);
        log('info', { process: 'director', subject: room, event: 'log-level' }, `by command: log level ${level}`);
      },
      metrics: inquiries.exposition,
    }),
    (why) =>
      log(
        'error',
        { process: 'director', event: 'control-socket-failed' },
        `the control socket cannot be made: ${why}; it is tried again every second`,
      ),
  );
  let unwatch = watchWanted();
  const ticker = setInterval(pass, passEvery);
  const looker = setInterval(exchange.look, lookEvery);
  pass();
  log(
    'info',
    { process: 'director', event: 'started' },
    `started with ${config.vrrp.routers.length} routers and ${config.virtualServices.length} services`,
  );

  const closeControl = (): void => {
    unwatch();
    clearInterval(ticker);
    clearInterval(looker);
    processes.close();
    for (const section of [peers, metricsServer]) section.close();
    control.close();
  };

  /** Notification targets learn of the end too, unless they are unreachable. */
  const tellLast = async (limit: number): Promise<void> => {
    await notified.part()?.settle(limit);
    notified.close();
  };

  return {
    status: inquiries.status,
    reload,
    makeRoom: async () => {
      if (isStopping) return;
      isStopping = true;
      log(
        'info',
        { process: 'director', event: 'making-room' },
        `makes room for the next controller: mastership, addresses and IPVS stay for ${config.vrrp.hold / 1000} s`,
      );
      notices.stopping('makes room for the next controller');
      vrrp.release();
      healthcheck.release();
      closeControl();
      await tellLast(roomLimit);
    },
    stop: async () => {
      if (isStopping) return;
      isStopping = true;
      log(
        'info',
        { process: 'director', event: 'stopping' },
        'stopping: hands mastership over, then removes everything it added',
      );
      notices.stopping('hands mastership over');
      await exchange.tellBeforeLeaving();
      await vrrp.leave();
      await exchange.tellLatest();
      await healthcheck.stop();
      closeControl();
      await ipvs.clear();
      await Promise.all([acceptTable.clear(), takeoverTable.clear()]);
      restoreSysctls(sysctls, log);
      restoreInterfaceSettings(directories.state, log);
      for (const name of ['control', 'vrrp', 'healthcheck']) {
        const socket = join(directories.runtime, `${name}.sock`);
        for (const path of [socket, `${socket}.pid`]) removeFile(path);
      }
      await tellLast(stopLimit);
      log('info', { process: 'director', event: 'stopped' }, 'stopped');
    },
  };
};
