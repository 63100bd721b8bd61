// The parts of a director that act on this host and its peers, each made of those before it: what concerns a later one is reported.

import { join } from 'node:path';
import type { TurnWatch } from '../base/longest-turn.ts';
import { createGroupStarter } from '../base/process-group.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import { openOwnership } from '../kernel/ownership.ts';
import type { VrrpEvent } from '../vrrp/events.ts';
import type { RouterRestraint } from '../vrrp/messages.ts';
import { type Announced, openAnycast } from './anycast/anycast.ts';
import { watchEngine } from './anycast/engine.ts';
import { createMetrics } from './control/metrics.ts';
import { openAcceptTable } from './firewall/accept-table.ts';
import { openTakeoverTable } from './firewall/takeover-table.ts';
import { awaitFirstVerdicts } from './first-verdicts.ts';
import { readRealServers } from './ipvs/real-servers.ts';
import { keepTable } from './ipvs/table-keeper.ts';
import { openTargetStandings } from './ipvs/target-standings.ts';
import { openTargetVerdicts, type VerdictReport } from './ipvs/target-verdicts.ts';
import type { Log } from './log/log.ts';
import type { RecordFaults } from './log/record-fault.ts';
import { serviceNotices } from './notifications/changes.ts';
import type { Notification } from './notifications/notification.ts';
import { openRecipients } from './notifications/recipients.ts';
import type { Operator } from './operator/operator.ts';
import { openConnectionExchange } from './peers/connection-exchange.ts';
import type { StatusAnswer, TableQuestion } from './peers/message.ts';
import { rememberParity } from './peers/parity.ts';
import { openPeers } from './peers/peers.ts';
import { superviseProcesses } from './processes/processes.ts';
import { installedVersion } from './processes/program.ts';
import { openSection } from './section.ts';
import { watchSplitBrain } from './split-brain/split-brain.ts';
import { applySysctls } from './sysctls.ts';

/** What the parts report. */
export type PartReport =
  | VerdictReport
  /** A peer asks for the connections of this director. */
  | {
      readonly type: 'question';
      readonly question: TableQuestion;
      readonly answer: (established: Promise<Uint32Array | undefined>) => void;
    }
  /** A peer asks for the status of this director, and its records later than `since`. */
  | {
      readonly type: 'status-question';
      readonly since: string | undefined;
      readonly answer: (answer: Promise<StatusAnswer>) => void;
    }
  /** The IPVS table has had a turn: services may be judged otherwise. */
  | { readonly type: 'turn' }
  | { readonly type: 'vrrp-event'; readonly event: VrrpEvent }
  /** Masterships of a dead vrrp process were given up. */
  | { readonly type: 'given-up' }
  /** Other routers than before are restrained. */
  | { readonly type: 'restrained' }
  /** Whether missing connections hold preemption back has changed. */
  | { readonly type: 'held-back' }
  /** A vrrp process was configured: it awaits orders about the anycast addresses. */
  | { readonly type: 'vrrp-configured' }
  /** Anycast addresses may have changed their states. */
  | { readonly type: 'anycast' };

type PartsOptions = {
  readonly current: () => DirectorConfig;
  readonly operator: Operator;
  readonly records: RecordFaults;
  readonly directories: { readonly runtime: string; readonly state: string };
  readonly turns: TurnWatch;
  readonly log: Log;
  readonly report: (report: PartReport) => void;
};

/** What keeps routers from mastership, as the vrrp process is told at its next configuration. */
export type RouterLimits = {
  /** Why routers may not preempt for now. */
  heldBack: string | undefined;
  /** The routers that a verdict on a split brain restrains; undefined while there is none. */
  restraints: readonly RouterRestraint[] | undefined;
};

export type Parts = ReturnType<typeof openParts>;

const unknownAfterCrash = "and what a crash leaves may not be known as regent's";

export const openParts = (options: PartsOptions) => {
  const { current, operator, records, directories, turns, log, report } = options;
  // Captured by no closure, which would keep the first configuration for good.
  const config = current();
  const { director } = config;
  const standings = openTargetStandings(config, turns.clock);
  const verdicts = openTargetVerdicts(standings.known, log, report, turns.clock);
  const realServers = readRealServers(standings.known, operator.commands, turns.clock);
  function* awaitedServers() {
    for (const service of current().virtualServices)
      for (const server of service.realServers)
        yield { name: server.name, isUnknown: () => realServers.standingOf(service, server).health === 'unknown' };
  }
  const firstVerdicts = awaitFirstVerdicts(current, awaitedServers, turns.clock, log);
  const startGroup = createGroupStarter();
  const metrics = createMetrics(turns.clock);
  const notified = openSection(config, {
    key: 'notifications',
    open: (section) => openRecipients(section, startGroup, log),
  });
  const notify = (notices: readonly Notification[]): void => {
    for (const notice of notices) notified.part()?.notify(notice);
  };

  const acceptTable = openAcceptTable(log);
  const takeoverTable = openTakeoverTable(turns.clock, log);
  const sysctls = openOwnership(
    join(directories.state, 'sysctls.json'),
    undefined,
    records.of('the record of its settings', unknownAfterCrash),
  );
  if (sysctls.damage !== undefined) log('warn', { process: 'director', event: 'record-unreadable' }, sysctls.damage);
  const ipvs = keepTable({
    config,
    stateDirectory: directories.state,
    standingOf: realServers.standingOf,
    onRecordFault: records.of('the record of its IPVS entries', unknownAfterCrash),
    onJudged: (service, event) => notify(serviceNotices(current().director, service, event, Date.now())),
    onTurn: () => report({ type: 'turn' }),
    // IPVS's sysctls exist once the table is open: opening it loads the module.
    onOpen: (wanted) => applySysctls(wanted, sysctls, log),
    clock: turns.clock,
    log,
  });
  ipvs.configure(config);
  if (ipvs.table() === undefined) applySysctls(config, sysctls, log, false);

  const announced: Announced = { serving: [] };
  const parityOfCurrent = rememberParity(current);
  const peers = openSection(config, {
    key: 'peers',
    open: (section) =>
      openPeers({
        config: section,
        director,
        build: installedVersion(),
        commands: operator.exchanged,
        parity: parityOfCurrent,
        announced,
        onMessage: operator.takeFromPeer,
        onQuestion: (question) => new Promise((answer) => report({ type: 'question', question, answer })),
        onStatusQuestion: (since) => new Promise((answer) => report({ type: 'status-question', since, answer })),
        log,
      }),
    onFault: (why) =>
      log(
        'error',
        { process: 'director', event: 'peers-off' },
        `nothing is exchanged with peers until the next reload: ${why}`,
      ),
  });

  const limits: RouterLimits = { heldBack: undefined, restraints: undefined };
  const processes = superviseProcesses({
    config: current,
    directories,
    aside: operator.aside,
    limits,
    known: standings.known,
    verdicts,
    startGroup,
    metrics,
    notify,
    onVrrpEvent: (event) => report({ type: 'vrrp-event', event }),
    onGivenUp: () => report({ type: 'given-up' }),
    onArrival: turns.begin,
    onConfigured: () => report({ type: 'vrrp-configured' }),
    onAnycast: () => report({ type: 'anycast' }),
    log,
  });
  const anycast = openAnycast({
    config: current,
    stateDirectory: directories.state,
    held: processes.vrrp.anycast,
    send: (orders) => void processes.vrrp.send(orders),
    judgementOf: (service) => ipvs.table()?.judgementOf(service),
    ipvsFault: ipvs.fault,
    aside: operator.aside,
    peers: () => peers.part()?.status() ?? [],
    announced,
    clock: turns.clock,
    log,
  });
  const engine = openSection(config, { key: 'anycast', open: watchEngine });
  const exchange = openConnectionExchange({
    sync: () => current().connectionSync,
    peers: peers.part,
    destinations: () => ipvs.table()?.destinations() ?? new Map(),
    timeouts: () => ipvs.table()?.timeouts() ?? { tcp: 0, tcpFin: 0, udp: 0 },
    routers: processes.vrrp.routers,
    onHeldBack: () => report({ type: 'held-back' }),
    clock: turns.clock,
    log,
  });
  const splitBrain = watchSplitBrain({
    current,
    peers: peers.part,
    routers: processes.vrrp.routers,
    isAnswering: processes.vrrp.isAnswering,
    onRestraints: () => report({ type: 'restrained' }),
    notify: ({ router, ...notice }) =>
      notify([{ director, subject: 'split-brain', name: router, ...notice, at: Date.now() }]),
    onSurvivor: (router) => void processes.vrrp.send({ type: 'reannounce', router }),
    log,
  });

  return {
    turns,
    limits,
    standings,
    verdicts,
    realServers,
    firstVerdicts,
    metrics,
    notified,
    notify,
    acceptTable,
    takeoverTable,
    sysctls,
    ipvs,
    peers,
    processes,
    anycast,
    engine,
    exchange,
    splitBrain,
  };
};
