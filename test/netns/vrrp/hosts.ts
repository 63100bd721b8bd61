// Two hosts on one cable for tests: runs programs on them, shows who holds the virtual address, and ends all of it.

import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

export type Host = {
  readonly namespace: Namespace;
  /** Configuration, log, sockets and state of what runs on this host. */
  readonly directory: string;
  /** Whether the virtual address is on the interface. */
  holds(): boolean;
  log(): string;
  /** Runs a program in the host's namespace, its output appended to the log. */
  start(command: string, ...args: string[]): ChildProcess;
};

export const virtualAddress = '192.168.55.100/32';
const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));

/** Two hosts with what runs on them; several pairs may be open at once. */
type Pair = { readonly root: string; readonly hosts: readonly [Host, Host]; readonly running: Set<ChildProcess> };
const pairs = new Map<Host, Pair>();

export const sleep = (span: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, span));

export const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Resolves with the exit code once the program has ended. */
export const ended = async (child: ChildProcess, timeout = 30_000): Promise<number | null> => {
  await until(`process ${child.pid} ends`, () => hasEnded(child), timeout);
  return child.exitCode;
};

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
};

/** Waits for a line in the host's log: what is seen on the wire or in the kernel is logged a moment later. */
export const logs = (host: Host, line: RegExp, timeout = 30_000): Promise<void> =>
  until(`${host.namespace.name} logs ${line.source}`, () => line.test(host.log()), timeout);

/** The processes whose command line names the directory. */
export const processesOf = (directory: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(directory))
    .map(Number);

const openHost = (name: string, parent: string, running: Set<ChildProcess>): Host => {
  const namespace = createNamespace(name);
  const directory = join(parent, name);
  mkdirSync(directory);
  const logPath = join(directory, 'log');
  return {
    namespace,
    directory,
    // Asked often, and by several tests at once: no program is started for it.
    holds: () => namespace.enter(networkInterfaces).enp0s9?.some(({ cidr }) => cidr === virtualAddress) === true,
    log: () => (existsSync(logPath) ? readFileSync(logPath, 'utf8') : ''),
    start: (command, ...args) => {
      const output = openSync(logPath, 'a');
      const child = spawn('ip', ['netns', 'exec', namespace.name, command, ...args], {
        stdio: ['ignore', output, output],
        env: { ...process.env, RUNTIME_DIRECTORY: directory, STATE_DIRECTORY: join(directory, 'state') },
      });
      closeSync(output);
      running.add(child);
      return child;
    },
  };
};

/** Joins two hosts, 192.168.55.11 and 192.168.55.12, by a cable between their interfaces enp0s9. */
const byCable = (left: Namespace, right: Namespace): void =>
  connect(
    { namespace: left, interface: 'enp0s9', addresses: ['192.168.55.11/24'] },
    { namespace: right, interface: 'enp0s9', addresses: ['192.168.55.12/24'] },
  );

/** Makes two hosts, joined by `wire`. */
export const openHosts = (wire: (left: Namespace, right: Namespace) => void = byCable): [Host, Host] => {
  const root = mkdtempSync(join(tmpdir(), 'regent-'));
  const running = new Set<ChildProcess>();
  const hosts: [Host, Host] = [openHost('lb0', root, running), openHost('lb1', root, running)];
  const [left, right] = hosts;
  wire(left.namespace, right.namespace);
  for (const host of hosts) pairs.set(host, { root, hosts, running });
  return hosts;
};

/** Signals a process, if it is still there. */
export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

const closePair = async ({ root, hosts, running }: Pair): Promise<void> => {
  for (const child of running) if (!hasEnded(child)) child.kill('SIGTERM');
  const deadline = performance.now() + 4000;
  while ([...running].some((child) => !hasEnded(child)) && performance.now() < deadline) await sleep(20);
  for (const child of running) if (!hasEnded(child)) child.kill('SIGKILL');
  for (const pid of processesOf(root)) signal(pid, 'SIGKILL');
  rmSync(root, { recursive: true, force: true });
  for (const host of hosts) {
    pairs.delete(host);
    host.namespace.remove();
  }
};

/** Ends whatever runs on these hosts, by pid, and removes them; without any, on all hosts, with all other namespaces. */
export const closeHosts = async (hosts?: readonly Host[]): Promise<void> => {
  const closing = new Set((hosts ?? [...pairs.keys()]).flatMap((host) => pairs.get(host) ?? []));
  await Promise.all([...closing].map(closePair));
  if (hosts === undefined) removeNamespaces();
};

/** The pid of a director's vrrp or healthcheck process; NaN while there is none. */
export const pidOf = (host: Host, part: 'vrrp' | 'healthcheck'): number => {
  const path = join(host.directory, `${part}.sock.pid`);
  return existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) : Number.NaN;
};

/** Keys of a virtual router as the configuration spells them. */
export type RouterKeys = Readonly<Record<string, unknown>>;

/** Writes a director's configuration. */
export const configureDirector = (
  host: Host,
  routers: readonly RouterKeys[],
  vrrpKeys: Readonly<Record<string, unknown>> = {},
): string => {
  const path = join(host.directory, 'regent.yaml');
  const document = { director: host.directory.slice(-3), vrrp: { routers, ...vrrpKeys }, log: { format: 'json' } };
  writeFileSync(path, dump(document));
  return path;
};

/** Starts a director with these virtual routers. */
export const startRouters = (
  host: Host,
  routers: readonly RouterKeys[],
  vrrpKeys: Readonly<Record<string, unknown>> = {},
): ChildProcess => host.start(process.execPath, program, 'run', '-c', configureDirector(host, routers, vrrpKeys));

/** One virtual router, with other keys. */
export const routerOf = (priority: number, keys: RouterKeys): RouterKeys => ({
  name: 'vip',
  interface: 'enp0s9',
  virtual_router_id: 51,
  priority,
  advertisement_interval: '1s',
  addresses: [virtualAddress],
  ...keys,
});

/** Starts a director with these routers after lines of shell, in a file system of its own: what is mounted there is nowhere else. */
export const startAfter = (host: Host, lines: string, routers: readonly RouterKeys[]): ChildProcess =>
  host.start(
    'sh',
    ...['-ec', `${lines}\nexec "$@"`, 'sh', process.execPath, program, 'run', '-c', configureDirector(host, routers)],
  );

/** Starts a director with one virtual router; a running one keeps its configuration. */
export const startDirector = (
  host: Host,
  priority: number,
  keys: RouterKeys = {},
  vrrpKeys: Readonly<Record<string, unknown>> = {},
): ChildProcess => startRouters(host, [routerOf(priority, keys)], vrrpKeys);
