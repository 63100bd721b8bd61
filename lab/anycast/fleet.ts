// The fleet set up and running: hosts, real servers, routing daemons and regent on each director.

import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dump } from 'js-yaml';
import { regentProgram } from '../configuration.ts';
import { followLines } from '../directors.ts';
import { processesOf, signalAll } from '../drilling/processes.ts';
import { smallProgramFlags } from '../hosts.ts';
import { type BootedHosts, bootNamespaces } from '../namespaces.ts';
import { folderOf } from '../teardown.ts';
import { createEngine, type Engine, routerConfiguration } from './engines.ts';
import {
  configurationOf,
  directorAt,
  directorSystem,
  directorsOf,
  type FleetNetwork,
  type FleetPlan,
  fabricAddresses,
  fleetHosts,
  fleetNetworks,
  router,
  routerAddress,
  routerSystem,
  serversOf,
  servicePort,
  virtualAddresses,
} from './plan.ts';

const run = promisify(execFile);

export type FleetDirector = {
  readonly name: string;
  /** Of regent. */
  readonly configuration: string;
  readonly engine: Engine;
  /** Runs a command of regent. @returns its output. @throws if it fails. */
  readonly command: (...args: readonly string[]) => Promise<string>;
  /** Starts regent, also again after its end. */
  readonly start: () => Promise<void>;
  /** All processes of regent, with their command lines. */
  readonly processes: () => ReadonlyMap<number, string>;
  /** To all processes of regent at once. */
  readonly signal: (name: NodeJS.Signals) => void;
};

export type Fleet = {
  readonly plan: FleetPlan;
  readonly hosts: BootedHosts<string, FleetNetwork>;
  readonly directors: readonly FleetDirector[];
  readonly router: Engine;
  /** Starts a real server's web server again. */
  readonly startServer: (name: string) => Promise<void>;
  /** The command that starts one of the lab's programs, by its name without extension, with as many sockets as it likes. */
  readonly program: (name: string) => readonly string[];
  /** The directors that the router's kernel sends packets to, for each virtual address. */
  readonly nextHops: () => Promise<readonly (readonly string[])[]>;
};

const program = (name: string): readonly string[] => [
  ...['sh', '-c', 'ulimit -n 100000; exec "$@"', 'sh'],
  ...[process.execPath, ...smallProgramFlags, fileURLToPath(new URL(`../${name}.js`, import.meta.url))],
];

const holdAddresses = async (hosts: BootedHosts<string, FleetNetwork>, name: string): Promise<void> => {
  const addresses = virtualAddresses.map((address) => `address add ${address} dev lo`);
  await run('sh', ['-c', `printf '%s\\n' "$@" | ip -netns ${hosts.namespaceOf(name)} -batch -`, 'sh', ...addresses]);
};

const startServer = async (hosts: BootedHosts<string, FleetNetwork>, name: string): Promise<void> => {
  const child = hosts.start(name, [...program('web-server'), name, String(servicePort), '0', '::'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.unref();
  if (child.stdout === null) throw new Error('The web server has no standard output');
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`The web server of ${name} has ended`))),
  ]);
  child.stdout.destroy();
};

type RouteJson = { readonly gateway?: string; readonly nexthops?: readonly { readonly gateway?: string }[] };

const gatewaysOf = (routes: readonly RouteJson[]): readonly string[] =>
  routes.flatMap(({ gateway, nexthops = [] }) =>
    [gateway, ...nexthops.map((hop) => hop.gateway)].filter((one) => one !== undefined),
  );

/** What regent's own command prints for the director, with what it leaves to the operator. */
const engineConfiguration = async (
  name: string,
  type: Engine['type'],
  file: string,
  hasBfd: boolean,
): Promise<string> => {
  const peer = ['--as', String(directorSystem), '--router', `${routerAddress}=${routerSystem}`];
  const sessions = [...peer, ...(hasBfd ? ['--bfd'] : [])];
  const { stdout } = await run(process.execPath, [regentProgram, 'anycast', 'print', type, '-c', file, ...sessions]);
  return type === 'bird' ? `router id ${fabricAddresses(name)[0]};\nprotocol device { }\n${stdout}` : stdout;
};

const setUpDirector = async (
  hosts: BootedHosts<string, FleetNetwork>,
  name: string,
  plan: FleetPlan,
  folder: string,
  onLine: (line: string, name: string) => void,
): Promise<FleetDirector> => {
  const own = join(folder, name);
  const place = (file: string) => join(own, file);
  const env = { RUNTIME_DIRECTORY: place('run'), STATE_DIRECTORY: place('state') };
  for (const needed of Object.values(env)) await mkdir(needed, { recursive: true, mode: 0o700 });
  const [file, log] = [place('regent.yaml'), place('regent.log')];
  const { bfd: hasBfd = false } = plan;
  const type = plan.directors[directorsOf(plan).indexOf(name)] ?? 'bird';
  const engineFolder = join(folder, 'engines', name);
  const socket = type === 'bird' ? join(engineFolder, 'bird.ctl') : engineFolder;
  await writeFile(file, dump(configurationOf(name, plan, socket, join(folder, 'peers.key'))));
  await writeFile(log, '');
  const start = (command: readonly string[]): ChildProcess => {
    const child = hosts.start(name, command, { stdio: 'ignore' });
    child.unref();
    return child;
  };
  const engine = await createEngine(
    type,
    engineFolder,
    await engineConfiguration(name, type, file, hasBfd),
    start,
    hasBfd,
  );
  await followLines(log, (line) => onLine(line, name));
  const processes = () =>
    processesOf(hosts, name, (command) => /\/dist\/(cli|vrrp|healthcheck|bundle|base|config)\//.test(command));
  const regent = (...args: readonly string[]): string[] => [process.execPath, regentProgram, ...args];
  return {
    name,
    configuration: file,
    engine,
    command: (...args) => hosts.run(name, regent(...args), { env }),
    start: async () => {
      const output = await open(log, 'a');
      hosts.start(name, regent('run', '-c', file), { env, stdio: ['ignore', output.fd, output.fd] }).unref();
      await output.close();
    },
    processes,
    signal: (signal) => signalAll(processes().keys(), signal),
  };
};

/**
 * Sets the fleet up and starts all of it. Resolves once everything is started; regent and the sessions need a moment more.
 * @param prefix see {@link bootNamespaces}.
 * @param onLine is called for every line that a director logs.
 * @throws if a part of it fails; call `tearDown(prefix)` then, as always.
 */
export const setUpFleet = async (
  prefix: string,
  plan: FleetPlan,
  onLine: (line: string, name: string) => void,
): Promise<Fleet> => {
  const folder = folderOf(prefix);
  // The user of FRR goes through it to its own folder.
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
  await writeFile(join(folder, 'peers.key'), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  const hosts = await bootNamespaces(prefix, fleetNetworks, fleetHosts(plan));
  await Promise.all(serversOf(plan).map((name) => holdAddresses(hosts, name)));
  await Promise.all(serversOf(plan).map((name) => startServer(hosts, name)));
  const start = (command: readonly string[]): ChildProcess => {
    const child = hosts.start(router, command, { stdio: 'ignore' });
    child.unref();
    return child;
  };
  const engineFolder = join(folder, 'engines', router);
  const own = await createEngine(plan.router, engineFolder, routerConfiguration(plan), start, plan.bfd);
  const directors = await Promise.all(
    directorsOf(plan).map((name) => setUpDirector(hosts, name, plan, folder, onLine)),
  );
  await Promise.all([own, ...directors.map(({ engine }) => engine)].map((engine) => engine.start()));
  await Promise.all(directors.map((director) => director.start()));
  return {
    plan,
    hosts,
    directors,
    router: own,
    startServer: (name) => startServer(hosts, name),
    program,
    nextHops: () =>
      Promise.all(
        virtualAddresses.map(async (address) => {
          const family = address.includes(':') ? '-6' : '-4';
          const text = await hosts.run(router, ['ip', '-j', family, 'route', 'show', address]);
          const routes: readonly RouteJson[] = text.trim() === '' ? [] : JSON.parse(text);
          return gatewaysOf(routes)
            .flatMap((gateway) => directorAt(gateway, plan) ?? [])
            .sort();
        }),
      ),
  };
};
