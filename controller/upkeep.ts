// What a director does twice a second and after each turn: parts follow what others have found.

import type { DirectorConfig } from '../config/model/model.ts';
import type { Log } from './log/log.ts';
import type { Members } from './members.ts';
import type { Parts } from './parts.ts';
import { applySysctls, interfacesWithSettings } from './sysctls.ts';

export type Upkeep = {
  /** Call twice a second, and when a configuration was put in force. */
  readonly pass: () => void;
  /** Acts on the judgements of a turn. */
  readonly followJudgements: () => void;
  /** Tells the vrrp process its configuration, and what holds its routers back. */
  readonly configureVrrp: () => void;
  /** Notes what holds routers back or restrains them, for the next configuration of the vrrp process. */
  readonly limitRouters: () => void;
};

export type UpkeepOptions = {
  readonly current: () => DirectorConfig;
  readonly parts: Parts;
  readonly members: Pick<Members, 'follow'>;
  readonly log: Log;
};

export const createUpkeep = ({ current, parts, members, log }: UpkeepOptions): Upkeep => {
  const { limits, firstVerdicts, exchange, splitBrain, processes, ipvs, anycast, metrics, turns, sysctls } = parts;
  const { acceptTable, takeoverTable } = parts;

  const limitRouters = (): void => {
    limits.heldBack = firstVerdicts.heldBack() ?? exchange.heldBack();
    limits.restraints = splitBrain.restraints();
  };
  const configureVrrp = (): void => {
    limitRouters();
    processes.vrrp.configure();
  };

  const followVerdicts = (): void => {
    if (firstVerdicts.look()) configureVrrp();
    anycast.look();
  };
  const followJudgements = (): void => {
    processes.trackServices((service) => ipvs.table()?.judgementOf(service), ipvs.fault());
    followVerdicts();
  };

  let interfaces = interfacesWithSettings();
  /** An interface that is renamed keeps its settings: those of a router's interface are made when it appears. */
  const followInterfaces = (): void => {
    const now = interfacesWithSettings();
    if (now === interfaces) return;
    interfaces = now;
    applySysctls(current(), sysctls, log, ipvs.table() !== undefined);
  };

  limitRouters();
  return {
    pass: () => {
      turns.begin();
      metrics.observeTurn('controller', turns.longest());
      followInterfaces();
      members.follow();
      ipvs.pass();
      if (ipvs.fault() !== undefined) followJudgements();
      acceptTable.reconcile(current());
      takeoverTable.reconcile(current(), processes.vrrp.routers());
      followVerdicts();
    },
    followJudgements,
    configureVrrp,
    limitRouters,
  };
};
