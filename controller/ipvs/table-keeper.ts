// Keeps the IPVS table open where the kernel has IPVS. Where it has none, VRRP and all else go on, and opening is tried again.

import { type Clock, formatDuration, type Instant, later, milliseconds } from '../../base/units.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { Log } from '../log/log.ts';
import { countLoss, type Losses, noLosses } from '../processes/back-off.ts';
import type { IpvsTable } from './table.ts';

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

export type TableKeeperOptions = {
  readonly config: DirectorConfig;
  /** @throws Error where the kernel has no IPVS */
  readonly open: (config: DirectorConfig) => IpvsTable;
  /** The cause in an operator's words. */
  readonly explain: (error: unknown) => string;
  /** Called once the table is open: at the start, or later. */
  readonly onOpen: (config: DirectorConfig) => void;
  readonly clock: Clock;
  readonly log: Log;
};

const needsIpvs = ({ virtualServices, connectionSync }: DirectorConfig): boolean =>
  virtualServices.length > 0 || connectionSync !== undefined;

export const keepTable = (options: TableKeeperOptions): TableKeeper => {
  const { open, explain, onOpen, clock, log } = options;
  let { config } = options;
  let table: IpvsTable | undefined;
  let fault: string | undefined;
  let losses: Losses = noLosses;
  let dueAt: Instant = clock();

  const fail = (error: unknown): void => {
    losses = countLoss(losses, milliseconds(0));
    const why = explain(error);
    if (why !== fault)
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
    dueAt = later(clock(), losses.pause);
  };

  const attempt = (): void => {
    try {
      table = open(config);
    } catch (error) {
      fail(error);
      return;
    }
    if (fault !== undefined)
      log('info', { process: 'ipvs', event: 'ipvs-found' }, 'IPVS is there now: the virtual services are set up');
    fault = undefined;
    losses = noLosses;
    onOpen(config);
  };

  return {
    table: () => table,
    fault: () => fault,
    configure: (next) => {
      config = next;
      if (table !== undefined) table.configure(next);
      else if (needsIpvs(next)) attempt();
      else fault = undefined;
    },
    pass: () => {
      if (table === undefined && needsIpvs(config) && clock() >= dueAt) attempt();
      table?.pass();
    },
    clear: async () => table?.clear(),
  };
};
