// The director: supervises vrrp and healthcheck, keeps the tables true, logs, and answers on the control socket.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DirectorConfig, RealServerConfig, VirtualServiceConfig } from '../config/model.ts';
import { type Instant, monotonic } from '../config/units.ts';
import type { FromHealthcheck, Health, ProbeResult, Target, ToHealthcheck } from '../healthcheck/messages.ts';
import { destinationKey } from '../kernel/ipvs-entries.ts';
import { realTimeCommand } from '../kernel/scheduling.ts';
import { describeVrrpEvent, type FromVrrp, type RouterStatus, type ToVrrp, type Will } from '../vrrp/messages.ts';
import { type Child, superviseChild } from './child.ts';
import { serveControl } from './control.ts';
import { desiredService } from './desired.ts';
import { openIpvsTable } from './ipvs-table.ts';
import type { Log } from './log.ts';
import { applySysctls } from './sysctls.ts';
import { executeWill } from './will.ts';

export type Directories = { readonly runtime: string; readonly state: string };

const reconcileEvery = 500;
const realTimePriority = 50;
/** A vrrp process that is asked to leave is waited for this long, in milliseconds; then its will is executed. */
const leaveLimit = 8000;

const program = (room: string): string => fileURLToPath(new URL(`../${room}/process.js`, import.meta.url));

type Server = { health: Health; failedAt?: Instant; reason: string; probe?: ProbeResult };

const targetId = (service: VirtualServiceConfig, server: RealServerConfig): string =>
  `${server.endpoint.address}:${server.endpoint.port} ${JSON.stringify(service.check)}`;

/** Runs a director until `stop` has been called and everything is given back. */
export const runDirector = (
  config: DirectorConfig,
  directories: Directories,
  log: Log,
): { readonly stop: () => Promise<void> } => {
  for (const directory of Object.values(directories)) mkdirSync(directory, { recursive: true, mode: 0o750 });
  const servers = new Map<string, Server>();
  const drains = new Set<string>();
  let routers: readonly RouterStatus[] = [];
  let will: Will = { addresses: [], farewells: [] };
  let onLeft: (() => void) | undefined;
  let isStopping = false;

  const serverOf = (id: string): Server => {
    const known = servers.get(id) ?? { health: 'unknown', reason: 'not probed yet' };
    servers.set(id, known);
    return known;
  };
  const targets = new Map<string, Target>();
  const names = new Map<string, string>();
  for (const service of config.virtualServices) {
    for (const server of service.realServers) {
      const id = targetId(service, server);
      targets.set(id, { id, endpoint: server.endpoint, check: service.check });
      names.set(id, server.name);
    }
  }

  const restoreSysctls = applySysctls(config, log);
  const table =
    config.virtualServices.length === 0
      ? undefined
      : openIpvsTable(
          config,
          directories.state,
          (service, server) => {
            const { health, failedAt } = serverOf(targetId(service, server));
            return { health, drained: drains.has(server.name), ...(failedAt !== undefined && { failedAt }) };
          },
          monotonic,
          log,
        );

  const hearVrrp = (message: FromVrrp): void => {
    switch (message.type) {
      case 'event': {
        const { at: _, ...event } = message.event;
        const [level, text] = describeVrrpEvent(event);
        const subject = 'router' in event ? event.router : undefined;
        log(level, { process: 'vrrp', ...(subject !== undefined && { subject }) }, text, { event: message.event });
        return;
      }
      case 'status':
        routers = message.routers;
        return;
      case 'will':
        will = message.will;
        return;
      case 'left':
        onLeft?.();
        return;
      default: {
        const never: never = message;
        throw new Error(`Unreachable: ${JSON.stringify(never)}`);
      }
    }
  };

  const hearHealthcheck = (message: FromHealthcheck): void => {
    if (message.type === 'probes') {
      for (const result of message.results) serverOf(result.target).probe = result;
      return;
    }
    const server = serverOf(message.target);
    if (server.health === message.health) return;
    log(
      message.health === 'down' ? 'warn' : 'info',
      { process: 'health', subject: names.get(message.target) ?? message.target },
      `${server.health} -> ${message.health}: ${message.reason}; ${message.health === 'down' ? 'it is drained' : 'it takes connections'}`,
      { latency: message.latency },
    );
    server.health = message.health;
    server.reason = message.reason;
    if (message.health === 'down') server.failedAt = monotonic();
    else delete server.failedAt;
    table?.reconcile();
  };

  const realTime = realTimeCommand([process.execPath, program('vrrp')], realTimePriority);
  if (!realTime.realTime) {
    log(
      'warn',
      { process: 'vrrp' },
      `runs without real-time scheduling (${realTime.why}): a busy host may delay its advertisements`,
    );
  }
  const vrrp: Child<ToVrrp> = superviseChild<FromVrrp, ToVrrp>({
    socket: join(directories.runtime, 'vrrp.sock'),
    command: realTime.command,
    onConnect: (adopted) => {
      log('info', { process: 'vrrp' }, adopted ? 'adopted from an earlier controller' : 'started');
      vrrp.send({
        type: 'configure',
        director: config.director,
        config: config.vrrp,
        stateDirectory: directories.state,
      });
    },
    onMessage: hearVrrp,
    onLoss: (why) => {
      if (onLeft !== undefined) return onLeft();
      const left = executeWill(will, log);
      log('error', { process: 'vrrp' }, `lost: ${why}; ${left}; it is started again`);
      will = { addresses: [], farewells: [] };
      routers = [];
    },
  });
  const healthcheck: Child<ToHealthcheck> = superviseChild<FromHealthcheck, ToHealthcheck>({
    socket: join(directories.runtime, 'healthcheck.sock'),
    command: [process.execPath, program('healthcheck')],
    onConnect: () => healthcheck.send({ type: 'configure', targets: [...targets.values()] }),
    onMessage: hearHealthcheck,
    onLoss: (why) =>
      log('error', { process: 'health' }, `lost: ${why}; verdicts stay as they are, it is started again`),
  });

  const status = (): unknown => ({
    director: config.director,
    processes: { vrrp: vrrp.pid(), healthcheck: healthcheck.pid() },
    routers,
    services: config.virtualServices.map((service) => ({
      name: service.name,
      address: `${service.endpoint.address}:${service.endpoint.port}`,
      scheduler: service.scheduler,
      servers: service.realServers.map((server) => {
        const known = serverOf(targetId(service, server));
        const held = table
          ?.destinations()
          .get(destinationKey({ service: desiredService(service), ...server.endpoint }));
        return {
          name: server.name,
          address: `${server.endpoint.address}:${server.endpoint.port}`,
          health: known.health,
          reason: known.reason,
          drained: drains.has(server.name),
          ...(known.probe && { latency: known.probe.latency, lastError: known.probe.error }),
          weight: held?.weight,
          activeConnections: held?.activeConnections,
          inactiveConnections: held?.inactiveConnections,
        };
      }),
    })),
  });

  const drain = (name: string, drained: boolean): string | undefined => {
    if (![...names.values()].includes(name)) {
      return `There is no real server ${name}; there are ${[...new Set(names.values())].join(', ')}`;
    }
    if (drained) drains.add(name);
    else drains.delete(name);
    log('info', { process: 'director', subject: name }, drained ? 'is drained by command' : 'is drained no longer');
    table?.reconcile();
    return undefined;
  };

  const controlPath = join(directories.runtime, 'control.sock');
  const control = serveControl(controlPath, { status, drain });
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
    vrrp.release();
    healthcheck.release();
    const left = await new Promise<boolean>((resolve) => {
      const limit = setTimeout(() => resolve(false), leaveLimit);
      onLeft = () => {
        clearTimeout(limit);
        resolve(true);
      };
      if (!vrrp.send({ type: 'stop' })) onLeft();
    });
    if (!left) log('warn', { process: 'vrrp' }, `did not leave in time; ${executeWill(will, log)}`);
    healthcheck.send({ type: 'stop' });
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
