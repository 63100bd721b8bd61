// Keeps the IPVS table open where the kernel has IPVS. Where it has none, or none any more, VRRP and all else go on, and opening
// is tried again.

import { formatDuration, type Instant, later, milliseconds } from '../../base/units.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import { countLoss, type Losses, noLosses } from '../processes/back-off.ts';
import { explainNoTable, type IpvsTable, type IpvsTableOptions, type NoTable, openIpvsTable } from './table.ts';

export type TableKeeper = {
  /** Undefined while the configuration needs none, or the kernel has no IPVS. */
  readonly table: () => IpvsTable | undefined;
  /** Why the virtual services are not in the kernel; undefined where they are, or where there are none. */
  readonly fault: () => string | undefined;
  readonly configure: (config: DirectorConfig) => void;
  /** Call twice a second. */
  readonly pass: () => void;
  /** Removes everything that regent added. */
  readonly clear: () => Promise<void>;
};

export type TableKeeperOptions = IpvsTableOptions & {
  /** Called once the table is open: at the start, or later. */
  readonly onOpen: (config: DirectorConfig) => void;
};

const needsIpvs = ({ virtualServices, connectionSync }: DirectorConfig): boolean =>
  virtualServices.length > 0 || connectionSync !== undefined;

/** @param open see {@link openIpvsTable} @param explain why it has failed */
export const keepTable = (options: TableKeeperOptions, open = openIpvsTable, explain = explainNoTable): TableKeeper => {
  const { config: first, onOpen, clock, log, ...others } = options;
  let config = first;
  let table: IpvsTable | undefined;
  let fault: string | undefined;
  /** The fault that is logged. */
  let said: string | undefined;
  let losses: Losses = noLosses;
  let dueAt: Instant = clock();

  const pause = (): void => {
    losses = countLoss(losses, milliseconds(0));
    dueAt = later(clock(), losses.pause);
  };
  const say = (why: string): void => {
    if (why !== said)
      log(
        'error',
        { process: 'ipvs', event: 'ipvs-missing' },
        `${why}; VRRP goes on, and this is tried again, at least every 30 s`,
      );
    else
      log(
        'debug',
        { process: 'ipvs', event: 'ipvs-missing' },
        `${why}; tried again in ${formatDuration(losses.pause)}`,
      );
    fault = why;
    said = why;
  };
  const fail = (why: string): void => {
    pause();
    say(why);
  };
  const clearFault = (): void => {
    fault = undefined;
    said = undefined;
  };
  const failToOpen = ({ why, more }: NoTable): void => {
    pause();
    if (more === undefined) {
      say(why);
      return;
    }
    fault ??= why;
    void more.then((better) => {
      if (fault !== undefined) say(better);
    });
  };

  const attempt = (): void => {
    try {
      table = open({ ...others, config, clock, log });
    } catch (error) {
      failToOpen(explain(error));
      return;
    }
    if (fault !== undefined)
      log('info', { process: 'ipvs', event: 'ipvs-found' }, 'IPVS is there now: the virtual services are set up');
    clearFault();
    losses = noLosses;
    onOpen(config);
  };

  /** Asked for by name, ip_vs is loaded again: not where it may stay away. */
  const dropLost = (): void => {
    if (!needsIpvs(config) || !table?.isLost()) return;
    table.close();
    table = undefined;
    fail('ip_vs was unloaded, with all virtual services');
  };

  return {
    table: () => table,
    fault: () => fault,
    configure: (next) => {
      config = next;
      dropLost();
      if (table !== undefined) table.configure(next);
      else if (needsIpvs(next)) attempt();
      else clearFault();
    },
    pass: () => {
      dropLost();
      if (table === undefined && needsIpvs(config) && clock() >= dueAt) attempt();
      table?.pass();
    },
    clear: async () => table?.clear(),
  };
};
