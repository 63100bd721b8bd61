// Puts another configuration in force, in every part of the director: by a reload, or by a command.

import { isDeepStrictEqual } from 'node:util';
import type { DirectorConfig } from '../config/model/model.ts';
import type { FileWatch } from './config-file.ts';
import type { InForce } from './in-force.ts';
import type { OpenLog } from './log/log.ts';
import type { Members } from './members.ts';
import { type Parts, routerNames, serverNames } from './parts.ts';
import { applySysctls } from './sysctls.ts';
import type { Upkeep } from './upkeep.ts';
import type { Views } from './views.ts';

export type ConfiguringOptions = {
  readonly parts: Parts;
  readonly members: Members;
  readonly views: Pick<Views, 'metricsServer'>;
  readonly upkeep: Upkeep;
  readonly fileWatch: FileWatch;
  readonly logs: OpenLog;
};

/** @throws Error before anything has changed */
export type Configure = (next: InForce) => void;

export const createConfiguring = (options: ConfiguringOptions): Configure => {
  const { parts, members, views, upkeep, fileWatch, logs } = options;
  const { ipvs, peers, notified, splitBrain, engine, sysctls, processes, metrics, turns } = parts;
  return (inForce) => {
    turns.begin();
    const before: DirectorConfig = members.now().config;
    const next = inForce.config;
    if (next.director !== before.director) throw new Error('director: only a restart can change its name');
    // Steps that may fail come first: on failure nothing has changed.
    ipvs.configure(next);
    members.take(inForce);
    for (const section of [peers, notified, views.metricsServer, splitBrain.section, engine]) section.configure(next);
    applySysctls(next, sysctls, logs.log, ipvs.table() !== undefined);
    if (!isDeepStrictEqual(next.log, before.log)) logs.configure(next.log);
    fileWatch.follow(next.watch);
    upkeep.limitRouters();
    processes.configure();
    void metrics.keep(new Set(routerNames(next)), new Set(serverNames(next)));
    upkeep.pass();
  };
};
