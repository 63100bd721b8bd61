// The control socket of a director: what each of its routes asks of the parts.

import { join } from 'node:path';
import type { Explanations } from './control/explanations.ts';
import type { Inquiries } from './control/inquiries.ts';
import { controlRoutes } from './control/routes.ts';
import { type ControlServer, serveControl } from './control/server.ts';
import { followStatus } from './control/status-stream.ts';
import { readJournal } from './log/journal.ts';
import type { OpenLog } from './log/log.ts';
import { streamRecords } from './log/record-stream.ts';
import type { Members } from './members.ts';
import { routersMeant, serverMeant, serverNames } from './names.ts';
import type { Parts } from './parts.ts';
import { planCommand } from './planning/command-cost.ts';
import type { ReloadOutcome } from './reload.ts';

export type ControlSocketOptions = {
  readonly runtimeDirectory: string;
  readonly journal: string;
  readonly parts: Pick<Parts, 'processes'> & {
    readonly members: Pick<Members, 'now' | 'command' | 'standAside' | 'add' | 'remove'>;
  };
  readonly inquiries: Inquiries;
  readonly explanations: Explanations;
  readonly reload: () => Promise<ReloadOutcome>;
  readonly logs: OpenLog;
};

export const openControlSocket = (options: ControlSocketOptions): ControlServer => {
  const { runtimeDirectory, journal, inquiries, explanations, reload, logs } = options;
  const { members, processes } = options.parts;
  const { log } = logs;
  const routes = controlRoutes({
    statusText: inquiries.statusText,
    followStatus: (beats, signal) =>
      followStatus({ statusText: inquiries.statusText, follow: logs.follow, beats }, signal),
    explainRouter: explanations.ofRouter,
    explainAnycast: explanations.ofAnycast,
    explainServer: explanations.ofServer,
    command: members.command,
    planCommand: (text, change) => {
      const meant = serverMeant(text, serverNames(members.now().config));
      return 'refused' in meant ? meant.refused : planCommand(inquiries.status().services, meant.server, change);
    },
    standAside: members.standAside,
    planHandover: (router) => {
      const named = routersMeant(router, members.now().config);
      return typeof named === 'string' ? named : inquiries.planHandover(named);
    },
    addServer: members.add,
    removeServer: members.remove,
    plan: (next) => {
      const { plan, differences } = inquiries.plan(next);
      return { plan: [...plan, ...processes.planReplacements()], differences };
    },
    differences: inquiries.differences,
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
  });
  return serveControl(join(runtimeDirectory, 'control.sock'), routes, (why) =>
    log(
      'error',
      { process: 'director', event: 'control-socket-failed' },
      `the control socket cannot be made: ${why}; it is tried again every second`,
    ),
  );
};
