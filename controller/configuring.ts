// Puts another configuration in force, in every part of the director: by a reload, or by a command.

import { isDeepStrictEqual } from 'node:util';
import type { DirectorConfig } from '../config/model/model.ts';
import type { FileWatch } from './config-file.ts';
import type { InForce } from './in-force.ts';
import type { OpenLog } from './log/log.ts';
import type { Members } from './members.ts';
import { routerNames, serverNames } from './names.ts';
import type { Parts } from './parts.ts';
import { applySysctls } from './sysctls.ts';
import type { Upkeep } from './upkeep.ts';
import type { ConfigurationState, Views } from './views.ts';

export type ConfiguringOptions = {
  readonly parts: Parts;
  readonly members: Members;
  readonly life: { readonly isStopping: boolean };
  readonly state: ConfigurationState;
  readonly views: Pick<Views, 'metricsServer'>;
  readonly upkeep: Upkeep;
  readonly fileWatch: FileWatch;
  readonly logs: OpenLog;
};

export type Configuring = {
  /** Puts in force what a command has changed. @throws Error before anything has changed */
  readonly apply: (next: InForce) => void;
  /** Puts another file in force, with the commands. @throws Error before anything has changed */
  readonly applyFile: (file: DirectorConfig) => void;
};

export const createConfiguring = (options: ConfiguringOptions): Configuring => {
  const { parts, members, life, state, views, upkeep, fileWatch, logs } = options;
  const { ipvs, standings, peers, notified, splitBrain, engine, sysctls, processes, metrics, turns } = parts;
  const apply = (inForce: InForce): void => {
    turns.begin();
    if (life.isStopping) throw new Error('the director stops');
    const before: DirectorConfig = members.now().config;
    const next = inForce.config;
    if (next.director !== before.director) throw new Error('director: only a restart can change its name');
    // Steps that may fail come first: on failure nothing has changed.
    ipvs.configure(next);
    members.take(inForce);
    standings.configure(next);
    for (const section of [peers, notified, views.metricsServer, splitBrain.section, engine]) section.configure(next);
    applySysctls(next, sysctls, logs.log, ipvs.table() !== undefined);
    if (!isDeepStrictEqual(next.log, before.log)) logs.configure(next.log);
    fileWatch.follow(next.watch);
    upkeep.limitRouters();
    processes.configure();
    void metrics.keep(new Set(routerNames(next)), new Set(serverNames(next)));
    upkeep.pass();
  };
  return {
    apply,
    applyFile: (file) => {
      apply(members.with(file));
      state.configuredAt = Date.now();
      members.forget();
    },
  };
};
