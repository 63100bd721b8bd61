// The director's life: brings up its parts, connects them, changes their configuration, and gives everything back at the end.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigResult } from '../config/load.ts';
import type { DirectorConfig, PeersConfig } from '../config/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../config/service-model.ts';
import { monotonic } from '../config/units.ts';
import { openConnectionExchange } from './connection-exchange.ts';
import { serveControl } from './control.ts';
import { controlRoutes } from './control-routes.ts';
import { superviseHealthcheck } from './healthcheck-supervision.ts';
import { type Held, heldOf } from './held.ts';
import { type IpvsTable, openIpvsTable } from './ipvs-table.ts';
import { readJournal } from './journal.ts';
import type { OpenLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { type Exposition, serveMetrics } from './metrics-server.ts';
import { createRouterNotices, serverNotices } from './notifications/changes.ts';
import { openTargets } from './notifications/targets.ts';
import { openOperator } from './operator.ts';
import { openOperatorState } from './operator-state.ts';
import { openPeers, type Peers } from './peers.ts';
import { type Plan, planChange } from './plan.ts';
import { openRealServers } from './real-servers.ts';
import { streamRecords } from './record-stream.ts';
import { type ReloadOutcome, reloadConfiguration, watchFile } from './reload.ts';
import { openServiceNotices } from './service-notices.ts';
import { composeStatus, type Status } from './status.ts';
import { applySysctls } from './sysctls.ts';
import { serviceState } from './tracking/services.ts';
import { watchTracked } from './tracking/watch.ts';
import { superviseVrrp } from './vrrp-supervision.ts';
import { type Explanation, explainRouter, explainServer, type RouterTransition } from './why.ts';

export type Directories = { readonly runtime: string; readonly state: string };

export const journalPath = (state: string): string => join(state, 'journal.jsonl');

export type DirectorOptions = {
  readonly config: DirectorConfig;
  /** The configuration file, and how to read it again. */
  readonly file: string;
  readonly read: () => ConfigResult;
  readonly directories: Directories;
  readonly logs: OpenLog;
};

export type Director = {
  readonly reload: () => ReloadOutcome;
  /** Gives up mastership, make-before-break, and removes what is its own. */
  readonly stop: () => Promise<void>;
  /** Ends the controller alone: mastership, addresses and IPVS stay for the next one, which must come within `hold`. */
  readonly makeRoom: () => Promise<void>;
};

const reconcileEvery = 500;
const lookEvery = 1000;

export const runDirector = (options: DirectorOptions): Director => {
  const { file, read, directories, logs } = options;
  const { log } = logs;
  let { config } = options;
  const startedAt = Date.now();
  let configuredAt = startedAt;
  let refusedConfiguration: string | undefined;
  let peersFault: string | undefined;
  let peers: Peers | undefined;
  let isStopping = false;
  const transitions = new Map<string, RouterTransition>();

  const routerNames = (): string[] => config.vrrp.routers.map(({ name }) => name);
  const operator = openOperator({
    director: config.director,
    file: openOperatorState(join(directories.state, 'operator.json')),
    servers: () => realServers.names(),
    routers: routerNames,
    groupOf: (router) => config.vrrp.groups.find(({ routers }) => routers.includes(router))?.routers ?? [router],
    wallClock: Date.now,
    onCommands: (origin) => {
      table?.reconcile();
      if (origin === 'here') peers?.tell();
    },
    onAside: () => void exchange.tellBeforeLeaving().then(vrrp.configure),
    log,
  });
  const realServers = openRealServers(() => config, operator.commands, log);
  const metrics = createMetrics(config.director);
  const routerNotices = createRouterNotices();
  let targets = openTargets(config.notifications, log);

  const openTable = (wanted: DirectorConfig): IpvsTable | undefined =>
    wanted.virtualServices.length === 0 && wanted.connectionSync === undefined
      ? undefined
      : openIpvsTable(wanted, directories.state, realServers.standingOf, monotonic, log);
  const openPeersOf = (wanted: PeersConfig | undefined): Peers | undefined => {
    peersFault = undefined;
    if (wanted === undefined) return undefined;
    try {
      return openPeersTo(wanted);
    } catch (error) {
      peersFault = error instanceof Error ? error.message : String(error);
      log('error', { process: 'director' }, `peers are not told of commands until the next reload: ${peersFault}`);
      return undefined;
    }
  };
  const openPeersTo = (wanted: PeersConfig): Peers =>
    openPeers({
      config: wanted,
      director: config.director,
      commands: operator.commands,
      onMessage: (message) => operator.hearPeer(message.director, message.commands),
      onQuestion: exchange.onQuestion,
      log,
    });
  const watchWanted = (): (() => void) => (config.watch ? watchFile(file, reload) : () => undefined);

  let table = openTable(config);
  // IPVS has its settings once its table was opened: that loads the module.
  const restoreSysctls = [applySysctls(config, log)];
  const exchange = openConnectionExchange({
    sync: () => config.connectionSync,
    peers: () => peers,
    destinations: () => table?.destinations() ?? new Map(),
    timeouts: () => table?.timeouts() ?? { tcp: 0, tcpFin: 0, udp: 0 },
    routers: () => vrrp.routers(),
    onHeldBack: () => vrrp.configure(),
    clock: monotonic,
    log,
  });
  const heldBack = () => {
    const reason = exchange.heldBack();
    return reason === undefined ? {} : { heldBack: reason };
  };
  peers = openPeersOf(config.peers);
  const vrrp = superviseVrrp({
    runtimeDirectory: directories.runtime,
    configuration: () => ({
      type: 'configure',
      director: config.director,
      config: config.vrrp,
      stateDirectory: directories.state,
      aside: operator.aside().filter((name) => routerNames().includes(name)),
      ...heldBack(),
    }),
    onEvent: (event) => {
      if (event.type === 'transition') transitions.set(event.router, event);
      if (event.type === 'transition' && event.from === 'master' && event.to === 'backup') exchange.tellLatest();
      metrics.hearVrrp(event);
      for (const notice of routerNotices(config, event)) targets.notify(notice);
      if (event.type === 'handover-failed') operator.forgetHandover(event.router);
    },
    onConfigured: () => tracking.tellAll(),
    log,
  });
  const tracking = watchTracked((message) => void vrrp.send(message), log);
  const trackServices = (): void => {
    for (const { name } of config.virtualServices) tracking.service(name, serviceState(table?.judgementOf(name)));
  };
  tracking.configure(config);
  const reconcile = (): void => {
    table?.reconcile();
    trackServices();
  };
  const healthcheck = superviseHealthcheck({
    runtimeDirectory: directories.runtime,
    targets: realServers.targets,
    onMessage: (message) => {
      if (message.type === 'probes') {
        for (const result of message.results) {
          for (const { server } of realServers.usesOf(result.target).slice(0, 1))
            metrics.hearProbe(server.name, result);
        }
      }
      if (!realServers.hear(message)) return;
      reconcile();
      if (message.type !== 'verdict') return;
      const notices = serverNotices(config.director, message, realServers.usesOf(message.target), Date.now());
      for (const notice of notices) targets.notify(notice);
    },
    log,
  });

  const held = (service: VirtualServiceConfig, server: RealServerConfig): Held | undefined =>
    heldOf(table?.destinations() ?? new Map(), service, server);
  const status = (): Status =>
    composeStatus({
      config,
      startedAt,
      configuredAt,
      processes: { vrrp: vrrp.pid(), healthcheck: healthcheck.pid() },
      routers: vrrp.routers(),
      bfd: vrrp.bfd(),
      realServers,
      commands: operator.commands(),
      peers: peers?.status() ?? [],
      peersFault,
      notifications: targets.status(),
      destinations: table?.destinations() ?? new Map(),
      judgementOf: (service) => table?.judgementOf(service),
      writes: table?.writes() ?? 0,
      refusedConfiguration,
    });

  const notices = openServiceNotices({
    environment: process.env,
    isWorking: () => vrrp.isAnswering() && healthcheck.isAnswering(),
    status,
    log,
  });

  const exposition: Exposition = {
    contentType: metrics.contentType,
    render: () => {
      const traffic = config.virtualServices.flatMap((service) =>
        service.realServers.flatMap((server) => {
          const found = held(service, server);
          return found === undefined ? [] : [{ service: service.name, server: server.name, ...found.statistics }];
        }),
      );
      return metrics.render(status(), traffic);
    },
  };
  const serveMetricsOf = (wanted: DirectorConfig) =>
    wanted.metrics && serveMetrics(wanted.metrics.listen, exposition, log);
  let metricsServer = serveMetricsOf(config);

  const plan = (next: DirectorConfig): Plan =>
    planChange(config, next, {
      routers: vrrp.routers(),
      connectionsOf: (service, server) => held(service, server)?.activeConnections ?? 0,
    });

  const apply = (next: DirectorConfig): void => {
    if (next.director !== config.director) throw new Error('director: the name changes by a restart only');
    // What may fail comes first: nothing is changed until all of it is there.
    const isSamePeers = peersFault === undefined && JSON.stringify(next.peers) === JSON.stringify(config.peers);
    if (table === undefined) table = openTable(next);
    else table.configure(next);
    if (!isSamePeers) {
      peers?.close();
      peers = openPeersOf(next.peers);
    }
    if (JSON.stringify(next.notifications) !== JSON.stringify(config.notifications)) {
      targets.close();
      targets = openTargets(next.notifications, log);
    }
    if (JSON.stringify(next.metrics) !== JSON.stringify(config.metrics)) {
      metricsServer?.close();
      metricsServer = serveMetricsOf(next);
    }
    const isSameLog = JSON.stringify(next.log) === JSON.stringify(config.log);
    config = next;
    configuredAt = Date.now();
    restoreSysctls.unshift(applySysctls(next, log));
    if (!isSameLog) logs.configure(next.log);
    unwatch();
    unwatch = watchWanted();
    vrrp.configure();
    tracking.configure(next);
    healthcheck.configure();
    reconcile();
  };

  const reload = (): ReloadOutcome => {
    notices.reloading();
    const result = reloadConfiguration({ read, plan, apply, log });
    notices.reloaded();
    refusedConfiguration = result.applied ? undefined : result.problems.join('; ');
    return result;
  };

  const explainRouterNamed = (name: string): Explanation | string => {
    const router = vrrp.routers().find((candidate) => candidate.name === name);
    const own = config.vrrp.routers.find((candidate) => candidate.name === name);
    return router === undefined || own === undefined
      ? `There is no router ${name}; there are ${routerNames().join(', ')}`
      : explainRouter(router, own, transitions.get(name));
  };
  const explainServerNamed = (name: string): readonly Explanation[] | string => {
    const { services } = status();
    const explanations = config.virtualServices.flatMap((service) => {
      const servers = services.find((candidate) => candidate.name === service.name)?.servers ?? [];
      return servers
        .filter((server) => server.name === name)
        .map((server) =>
          explainServer(
            server,
            service.name,
            service.realServers.find(({ name: own }) => own === name)?.checks ?? service.checks,
          ),
        );
    });
    const names = realServers.names().join(', ');
    return explanations.length === 0 ? `There is no real server ${name}; there are ${names}` : explanations;
  };

  const journal = journalPath(directories.state);
  /** An adopted router changed its state before this controller was there. */
  const recallTransitions = async (): Promise<void> => {
    for await (const record of readJournal(journal, { process: 'vrrp' })) {
      const event = record.event as RouterTransition | undefined;
      if (event?.type !== 'transition' || event.at >= startedAt) continue;
      const known = transitions.get(event.router);
      if (known === undefined || known.at < event.at) transitions.set(event.router, event);
    }
  };
  recallTransitions().catch((error: Error) => log('warn', { process: 'director' }, `the journal: ${error.message}`));

  const control = serveControl(
    join(directories.runtime, 'control.sock'),
    controlRoutes({
      status,
      explainRouter: explainRouterNamed,
      explainServer: explainServerNamed,
      command: operator.command,
      standAside: operator.standAside,
      plan,
      reload: async () => reload(),
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
        log('info', { process: 'director', subject: room }, `by command: its log level is ${level}`);
      },
      metrics: exposition,
    }),
  );
  let unwatch = watchWanted();
  const ticker = setInterval(reconcile, reconcileEvery);
  const looker = setInterval(exchange.look, lookEvery);
  reconcile();
  log(
    'info',
    { process: 'director' },
    `started with ${config.vrrp.routers.length} routers and ${config.virtualServices.length} services`,
  );

  const closeControl = (): void => {
    unwatch();
    clearInterval(ticker);
    clearInterval(looker);
    peers?.close();
    targets.close();
    tracking.close();
    metricsServer?.close();
    control.close();
    control.closeAllConnections();
  };

  return {
    reload,
    makeRoom: async () => {
      if (isStopping) return;
      isStopping = true;
      log(
        'info',
        { process: 'director' },
        `makes room for the next controller: mastership, addresses and IPVS stay for ${config.vrrp.hold / 1000} s`,
      );
      notices.stopping('makes room for the next controller');
      vrrp.release();
      healthcheck.release();
      closeControl();
    },
    stop: async () => {
      if (isStopping) return;
      isStopping = true;
      log('info', { process: 'director' }, 'stops: gives its mastership away, then removes what is its own');
      notices.stopping('gives its mastership away');
      await exchange.tellBeforeLeaving();
      await vrrp.leave();
      healthcheck.stop();
      closeControl();
      await table?.clear();
      for (const restore of restoreSysctls) restore();
      for (const name of ['control', 'vrrp', 'healthcheck']) {
        const socket = join(directories.runtime, `${name}.sock`);
        for (const path of [socket, `${socket}.pid`]) rmSync(path, { force: true });
      }
      log('info', { process: 'director' }, 'stopped');
    },
  };
};
