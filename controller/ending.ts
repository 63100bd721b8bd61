// The end of a director: it makes room for the next controller, or hands mastership over and removes everything that it added.

import { join } from 'node:path';
import { type Milliseconds, milliseconds } from '../base/units.ts';
import { removeFile } from '../base/whole-file.ts';
import type { Log } from './log/log.ts';
import type { Parts } from './parts.ts';
import type { ServiceManager } from './service-manager.ts';
import { restoreInterfaceSettings, restoreSysctls } from './sysctls.ts';

export type Ending = {
  readonly parts: Parts;
  readonly serviceManager: Pick<ServiceManager, 'stopping'>;
  readonly directories: { readonly runtime: string; readonly state: string };
  /** Ends the control socket, timers, and what the director watches. */
  readonly closeControl: () => void;
  readonly log: Log;
};

/** How long a stop waits for the last notifications, and how long when the next controller waits, in milliseconds. */
const stopLimit = 5000;
const roomLimit = 500;

/** Notification targets learn of the end too, unless they are unreachable. */
const settleNotifications = async ({ notified }: Parts, limit: number): Promise<void> => {
  await notified.part()?.settle(limit);
  notified.close();
};

/** @param hold how long the vrrp process waits for the next controller */
export const makeRoom = async (
  { parts, serviceManager, closeControl, log }: Ending,
  hold: Milliseconds,
): Promise<void> => {
  const { vrrp, healthcheck } = parts.processes;
  log(
    'info',
    { process: 'director', event: 'making-room' },
    `makes room for the next controller: mastership, addresses and IPVS stay for ${hold / 1000} s`,
  );
  serviceManager.stopping('makes room for the next controller');
  vrrp.release();
  healthcheck.release();
  closeControl();
  await settleNotifications(parts, roomLimit);
};

export const stop = async ({ parts, serviceManager, directories, closeControl, log }: Ending): Promise<void> => {
  const { anycast, exchange, ipvs, acceptTable, takeoverTable, sysctls } = parts;
  const { vrrp, healthcheck } = parts.processes;
  log(
    'info',
    { process: 'director', event: 'stopping' },
    'stopping: hands mastership over, then removes everything it added',
  );
  serviceManager.stopping('hands mastership over', milliseconds(anycast.longestDrain()));
  await exchange.sendBeforeLeaving();
  // While it drains, this director serves as before.
  await anycast.leave();
  await vrrp.leave();
  await exchange.sendLatest();
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
  await settleNotifications(parts, stopLimit);
  log('info', { process: 'director', event: 'stopped' }, 'stopped');
};
