// The director's life: brings up its parts, connects them, and gives everything back at the end.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DirectorConfig } from '../config/model.ts';
import { monotonic } from '../config/units.ts';
import { serveControl } from './control.ts';
import { superviseHealthcheck } from './healthcheck-supervision.ts';
import { openIpvsTable } from './ipvs-table.ts';
import type { Log } from './log.ts';
import { openRealServers } from './real-servers.ts';
import { composeStatus } from './status.ts';
import { applySysctls } from './sysctls.ts';
import { superviseVrrp } from './vrrp-supervision.ts';

export type Directories = { readonly runtime: string; readonly state: string };

const reconcileEvery = 500;

/** Runs a director until `stop` has been called and everything is given back. */
export const runDirector = (
  config: DirectorConfig,
  directories: Directories,
  log: Log,
): { readonly stop: () => Promise<void> } => {
  for (const directory of Object.values(directories)) mkdirSync(directory, { recursive: true, mode: 0o750 });
  let isStopping = false;

  const restoreSysctls = applySysctls(config, log);
  const realServers = openRealServers(() => config, monotonic, log);
  const table =
    config.virtualServices.length === 0
      ? undefined
      : openIpvsTable(config, directories.state, realServers.standingOf, monotonic, log);
  const vrrp = superviseVrrp({
    runtimeDirectory: directories.runtime,
    configuration: () => ({
      type: 'configure',
      director: config.director,
      config: config.vrrp,
      stateDirectory: directories.state,
      aside: [],
    }),
    log,
  });
  const healthcheck = superviseHealthcheck({
    runtimeDirectory: directories.runtime,
    targets: realServers.targets,
    onMessage: (message) => {
      if (realServers.hear(message)) table?.reconcile();
    },
    log,
  });
  const control = serveControl(join(directories.runtime, 'control.sock'), {
    status: () =>
      composeStatus({
        config,
        processes: { vrrp: vrrp.pid(), healthcheck: healthcheck.pid() },
        routers: vrrp.routers(),
        realServers,
        destinations: table?.destinations() ?? new Map(),
      }),
    drain: (name, drained) => {
      const refusal = realServers.drain(name, drained);
      if (refusal === undefined) table?.reconcile();
      return refusal;
    },
  });
  const ticker = setInterval(() => table?.reconcile(), reconcileEvery);
  table?.reconcile();
  log(
    'info',
    { process: 'director' },
    `started with ${config.vrrp.routers.length} routers and ${config.virtualServices.length} services`,
  );

  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log('info', { process: 'director' }, 'stops: gives its mastership away, then removes what is its own');
    await vrrp.leave();
    healthcheck.stop();
    clearInterval(ticker);
    await table?.clear();
    restoreSysctls();
    control.close();
    for (const name of ['control', 'vrrp', 'healthcheck']) {
      const socket = join(directories.runtime, `${name}.sock`);
      for (const file of [socket, `${socket}.pid`]) rmSync(file, { force: true });
    }
    log('info', { process: 'director' }, 'stopped');
  };
  return { stop };
};
