// The lab's hosts as network namespaces, joined by two bridges in a namespace of their own: the root namespace stays untouched.

import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tokenName } from './teardown.ts';
import {
  type DirectorName,
  directorNames,
  type Host,
  type HostName,
  hostsOf,
  interfaceNames,
  macOf,
  type NetworkName,
  networkNames,
  type Profile,
} from './topology.ts';

const run = promisify(execFile);

type ProgramName = 'client' | 'web-server';
/** Programs that hosts of this kernel run, too. */
type FurtherName = 'established-client' | 'rogue' | '../drill/client/client';

/** Hosts that are up, wherever they run, as the drill and its inspections use them. */
export type Hosts = {
  readonly profile: Profile;
  /** Whether a host's default route belongs to its hypervisor, not to the lab. */
  readonly hasUplink: boolean;
  /** Runs a command in a host and waits. @returns its standard output. @throws if its exit code is not 0. */
  readonly run: (host: HostName, command: readonly string[], options?: RunOptions) => Promise<string>;
  /** Starts a process in a host, in its own process group so that a Ctrl-C reaches only the lab. */
  readonly start: (host: HostName, command: readonly string[], options?: RunOptions & StdioChoice) => ChildProcess;
  /** The command that starts one of the lab's own programs in a host, by its name without extension. */
  readonly program: (name: ProgramName) => readonly string[];
  /** Starts a program that reads all frames of a network, on the interface passed to `command`. */
  readonly listen: (network: NetworkName, command: (device: string) => readonly string[]) => ChildProcess;
  /** Reads a file of a director's /proc/net without starting a process, since a drill polls it. */
  readonly readProcNet: (director: DirectorName, file: string) => string;
  /** How far a host's wall clock is ahead of ours, in milliseconds. */
  readonly clockAhead: (host: HostName) => number;
};

/** Hosts as network namespaces of this kernel. Their names begin with `prefix`, by which teardown.ts removes them. */
export type Namespaces = Hosts & {
  readonly prefix: string;
  readonly program: (name: ProgramName | FurtherName) => readonly string[];
  /** The network namespace of a host. */
  readonly namespaceOf: (host: HostName | 'switch') => string;
  /** Takes a host off both networks, or one, silently: its own links keep their carrier. */
  readonly cut: (host: HostName, network?: NetworkName) => Promise<void>;
  /** Reconnects a host that was cut off. */
  readonly mend: (host: HostName, network?: NetworkName) => Promise<void>;
  /** The switch's port of a host, an interface in the switch's namespace. */
  readonly portOf: (host: HostName, network: NetworkName) => string;
};

export type RunOptions = { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string };
type StdioChoice = { readonly stdio?: StdioOptions };

/** Node's flags for the client and the servers: full speed from the first request, even on an emulated processor. */
export const smallProgramFlags: readonly string[] = ['--no-opt', '--always-sparkplug', '--max-lazy'];

const portOf = (host: HostName, network: NetworkName): string => `${host}-${network}`;
const bridgeOf = (network: NetworkName): string => `br${network}`;

// STP off and no forward delay: a port forwards as soon as it is attached. Snooping off: VRRP reaches every port.
const bridgeOptions = 'forward_delay 0 stp_state 0 mcast_snooping 0';

/** One batch for ip(8): the bridges, and a cable from each to every attached host. */
const cabling = (hosts: readonly Host[], namespaceOf: (host: HostName) => string): string =>
  [
    'link set lo up',
    ...networkNames.flatMap((network) => [
      `link add ${bridgeOf(network)} type bridge ${bridgeOptions}`,
      `link set ${bridgeOf(network)} up`,
    ]),
    ...hosts.flatMap(({ name, attachments }) =>
      attachments.flatMap(({ network, interface: device, address }) => [
        `link add ${portOf(name, network)} type veth peer name ${device} address ${macOf(address)} netns ${namespaceOf(name)}`,
        `link set ${portOf(name, network)} master ${bridgeOf(network)} up`,
      ]),
    ),
  ].join('\n');

const addressing = ({ attachments, routes }: Host): string =>
  [
    'link set lo up',
    ...attachments.flatMap(({ interface: device, address }) => [
      `address add ${address}/24 brd + dev ${device}`,
      `link set ${device} up`,
    ]),
    ...routes.map(({ to, via }) => `route add ${to} via ${via}`),
  ].join('\n');

// IPv6 off, so that a capture shows only the lab's traffic; forwarding as provisioning sets it on directors.
const settingsOf = ({ isRouter }: Host): readonly string[] => [
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  `net.ipv4.ip_forward=${isRouter ? 1 : 0}`,
];

/**
 * Boots the hosts of a profile. Needs root.
 * @param prefix begins the name of every namespace and marks every process; unique to this run.
 * @throws if a command fails; call `tearDown(prefix)` then, as always.
 */
export const bootHosts = async (prefix: string, profile: Profile): Promise<Namespaces> => {
  const hosts = hostsOf(profile);
  const namespaceOf = (host: HostName | 'switch') => `${prefix}-${host}`;
  const marked = (env?: NodeJS.ProcessEnv) => ({ ...process.env, ...env, [tokenName]: prefix });

  const ip = (args: readonly string[], batch: string) => {
    const finished = run('ip', [...args, '-batch', '-'], { env: marked() });
    finished.child.stdin?.end(`${batch}\n`);
    return finished;
  };
  const inHost = (host: HostName, command: readonly string[]) => ['netns', 'exec', namespaceOf(host), ...command];

  const names = [...hosts.map(({ name }) => name), 'switch' as const];
  await ip([], names.map((name) => `netns add ${namespaceOf(name)}`).join('\n'));
  // Before the links are created, because they inherit `default` from here.
  await Promise.all(
    hosts.map((host) =>
      run('ip', inHost(host.name, ['sysctl', '-q', '-e', '-w', ...settingsOf(host)]), { env: marked() }),
    ),
  );
  await ip(['-netns', namespaceOf('switch')], cabling(hosts, namespaceOf));
  await Promise.all(hosts.map((host) => ip(['-netns', namespaceOf(host.name)], addressing(host))));

  const start: Namespaces['start'] = (host, command, options) =>
    spawn('ip', inHost(host, command), { ...options, env: marked(options?.env), detached: true });
  // An idle process in each namespace: /proc/PID/net shows the namespace of PID.
  const residents = new Map<DirectorName, ChildProcess>();
  for (const name of directorNames) {
    const resident = start(name, ['sh', '-c', 'echo inside; exec sleep infinity'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (resident.stdout !== null) await once(resident.stdout, 'data');
    residents.set(name, resident);
  }

  // One ip(8) that waits for commands, so that a cut takes effect at once, without the start of a process.
  const switchboard = spawn('ip', ['-netns', namespaceOf('switch'), '-oneline', '-batch', '-'], {
    env: marked(),
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  switchboard.stdin.on('error', () => {});
  const plug = async (name: HostName, only: NetworkName | undefined, masterOf: (network: NetworkName) => string) => {
    const attached = hosts.find((host) => host.name === name)?.attachments.map(({ network }) => network) ?? [];
    const ports = attached.filter((network) => only === undefined || only === network);
    const orders = ports.map((network) => `link set ${portOf(name, network)} ${masterOf(network)}`);
    // Its output shows that the previous commands were carried out.
    const answered = once(switchboard.stdout, 'data');
    switchboard.stdin.write(`${orders.join('\n')}\nlink show dev lo\n`);
    await Promise.race([
      answered,
      once(switchboard, 'exit').then(() => Promise.reject(new Error(`Cannot re-plug ${name}`))),
    ]);
  };

  return {
    prefix,
    profile,
    hasUplink: false,
    namespaceOf,
    run: async (host, command, options) => {
      const { stdout } = await run('ip', inHost(host, command), { ...options, env: marked(options?.env) });
      return stdout;
    },
    start,
    program: (name) => [
      process.execPath,
      ...smallProgramFlags,
      fileURLToPath(new URL(`./${name}.js`, import.meta.url)),
    ],
    // At hosts that are never cut off: the client's interface and rs0's.
    listen: (network, command) =>
      start(network === '55' ? 'cl0' : 'rs0', command(interfaceNames[network]), { stdio: ['ignore', 'pipe', 'pipe'] }),
    clockAhead: () => 0,
    portOf,
    cut: (name, network) => plug(name, network, () => 'nomaster'),
    mend: (name, network) => plug(name, network, (port) => `master ${bridgeOf(port)}`),
    readProcNet: (name, file) => readFileSync(`/proc/${residents.get(name)?.pid}/net/${file}`, 'utf8'),
  };
};
