// The director's life cycle: starts and connects its parts, reloads its configuration, and ends.

import { join } from 'node:path';
import { createBus } from '../base/bus.ts';
import { watchTurns } from '../base/longest-turn.ts';
import { milliseconds } from '../base/units.ts';
import { unreachable } from '../base/unreachable.ts';
import { within } from '../base/within.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import type { ConfigResult } from '../config/source/result.ts';
import { ignoreRealTimeSignals } from '../kernel/system/libc.ts';
import { createFileWatch } from './config-file.ts';
import { createConfiguring } from './configuring.ts';
import type { Status } from './control/status.ts';
import { openControlSocket } from './control-socket.ts';
import { makeRoom, stop } from './ending.ts';
import type { InForce } from './in-force.ts';
import type { OpenLog } from './log/log.ts';
import { createRecordFaults } from './log/record-fault.ts';
import { openMembers } from './members.ts';
import { serverNotices } from './notifications/changes.ts';
import type { CommandReport } from './operator/operator.ts';
import { openParts, type PartReport } from './parts.ts';
import { oneAfterAnother, type ReloadOutcome, reloadConfiguration } from './reload.ts';
import { openServiceManager } from './service-manager.ts';
import { createUpkeep } from './upkeep.ts';
import { type ConfigurationState, openViews } from './views.ts';

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
/** A reload answers once IPVS is written, and after this time in any case, in milliseconds. */
const longestReload = milliseconds(5000);

export const runDirector = (options: DirectorOptions): Director => {
  const { file, read, directories, logs } = options;
  const { log } = logs;
  const turns = watchTurns();
  const started = { at: Date.now(), on: turns.clock() };
  const configuration: ConfigurationState = { configuredAt: started.at, refused: undefined };
  const life = { isStopping: false };
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
  // Before any process is started, which ignores them by that.
  ignoreRealTimeSignals();
  const parts = openParts({ current, operator, records, directories, turns, log, report: bus.send });
  const { ipvs, peers, exchange, splitBrain, processes, anycast, engine } = parts;
  const { vrrp, healthcheck } = processes;
  const upkeep = createUpkeep({ current, parts, members, log });
  const views = openViews({ current, parts, members, configuration, started, journal, records, logs });
  const { inquiries, explanations, tell } = views;
  const serviceManager = openServiceManager({
    environment: process.env,
    isWorking: () => vrrp.isAnswering() && healthcheck.isAnswering(),
    status: inquiries.status,
    log,
  });

  const saved = createBus<void>();
  const fileWatch = createFileWatch(file, saved.send, log);
  const configuring = createConfiguring({
    parts,
    members,
    life,
    state: configuration,
    views,
    upkeep,
    fileWatch,
    logs,
  });
  const reload = oneAfterAnother(async (): Promise<ReloadOutcome> => {
    if (life.isStopping) return { applied: false, problems: ['the director stops'] };
    serviceManager.reloading();
    const result = await reloadConfiguration({
      read,
      file: members.now().file,
      plan: inquiries.plan,
      apply: configuring.applyFile,
      turns,
      log,
    });
    await within(longestReload, ipvs.table()?.settled() ?? Promise.resolve());
    if (!life.isStopping) serviceManager.reloaded();
    configuration.refused = result.applied ? undefined : result.problems.join('; ');
    return result;
  });
  changed.handle(configuring.apply);
  saved.handle(() => void reload());

  bus.handle((report) => {
    switch (report.type) {
      case 'verdict':
        // A server's notice precedes those of its services, which are judged next.
        parts.notify(serverNotices(current().director, report.verdict, report.uses, Date.now()));
        return ipvs.table()?.mark(report.uses.map(({ service }) => service.name));
      case 'commands':
        if (report.origin === 'peer') members.follow();
        ipvs.table()?.mark();
        if (report.origin === 'here') peers.part()?.send(report.commands);
        return;
      case 'aside':
        anycast.look();
        void exchange.sendBeforeLeaving().then(upkeep.configureVrrp);
        return;
      case 'question':
        report.answer(exchange.onQuestion(report.question));
        return;
      case 'status-question':
        report.answer(tell(report.since));
        return;
      case 'turn':
        upkeep.followJudgements();
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
        upkeep.configureVrrp();
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
  const timers = [
    setInterval(upkeep.pass, passEvery),
    setInterval(exchange.look, lookEvery),
    setInterval(splitBrain.look, judgeEvery),
  ];
  upkeep.pass();
  log(
    'info',
    { process: 'director', event: 'started' },
    `started with ${current().vrrp.routers.length} routers and ${current().virtualServices.length} services`,
  );

  const closeControl = (): void => {
    fileWatch.close();
    for (const timer of timers) clearInterval(timer);
    processes.close();
    views.close();
    for (const section of [peers, splitBrain.section, engine]) section.close();
    control.close();
  };

  const once = (end: () => Promise<void>) => async (): Promise<void> => {
    if (life.isStopping) return;
    life.isStopping = true;
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
