// Hosts as network namespaces, joined by bridges in a namespace of their own: the root namespace stays untouched.

import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { tokenName } from './teardown.ts';

const run = promisify(execFile);

export type RunOptions = { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string };
type StdioChoice = { readonly stdio?: StdioOptions };

export type Attachment<Network extends string> = {
  readonly network: Network;
  readonly interface: string;
  /** Its addresses, each with its prefix length. */
  readonly addresses: readonly string[];
  readonly mac?: string;
};

/** A host that is to be booted. */
export type HostPlan<Name extends string, Network extends string> = {
  readonly name: Name;
  readonly attachments: readonly Attachment<Network>[];
  readonly routes: readonly { readonly to: string; readonly via: string }[];
  /** Kernel settings, as sysctl(8) takes them. */
  readonly settings: readonly string[];
};

/** Runs a command in a host and waits. @returns its standard output. @throws if its exit code is not 0. */
export type RunInHost<Name extends string> = (
  host: Name,
  command: readonly string[],
  options?: RunOptions,
) => Promise<string>;
/** Starts a process in a host, in its own process group so that a Ctrl-C reaches only the lab. */
export type StartInHost<Name extends string> = (
  host: Name,
  command: readonly string[],
  options?: RunOptions & StdioChoice,
) => ChildProcess;

export type BootedHosts<Name extends string, Network extends string> = {
  readonly prefix: string;
  readonly run: RunInHost<Name>;
  readonly start: StartInHost<Name>;
  /** The network namespace of a host. */
  readonly namespaceOf: (host: Name | 'switch') => string;
  /** Takes a host off its networks, or one, silently: its own links keep their carrier. */
  readonly cut: (host: Name, network?: Network) => Promise<void>;
  /** Reconnects a host that was cut off. */
  readonly mend: (host: Name, network?: Network) => Promise<void>;
  /** Takes the carrier of a host's links, or of one. */
  readonly unplug: (host: Name, network?: Network) => Promise<void>;
  /** Gives a host that was unplugged its carrier back. */
  readonly plug: (host: Name, network?: Network) => Promise<void>;
  /** The switch's port of a host, an interface in the switch's namespace. */
  readonly portOf: (host: Name, network: Network) => string;
};

const portOf = (host: string, network: string): string => `${host}-${network}`;
const bridgeOf = (network: string): string => `br${network}`;

// STP off and no forward delay: a port forwards as soon as it is attached. Snooping off: VRRP reaches every port.
const bridgeOptions = 'forward_delay 0 stp_state 0 mcast_snooping 0';

type Plans = readonly HostPlan<string, string>[];

/** One batch for ip(8): the bridges, and a cable from each to every attached host. */
const cabling = (hosts: Plans, networks: readonly string[], namespaceOf: (host: string) => string): string =>
  [
    'link set lo up',
    ...networks.flatMap((network) => [
      `link add ${bridgeOf(network)} type bridge ${bridgeOptions}`,
      `link set ${bridgeOf(network)} up`,
    ]),
    ...hosts.flatMap(({ name, attachments }) =>
      attachments.flatMap(({ network, interface: device, mac }) => [
        `link add ${portOf(name, network)} type veth peer name ${device} ${mac === undefined ? '' : `address ${mac} `}netns ${namespaceOf(name)}`,
        `link set ${portOf(name, network)} master ${bridgeOf(network)} up`,
      ]),
    ),
  ].join('\n');

const addressing = ({ attachments, routes }: Plans[number]): string =>
  [
    'link set lo up',
    ...attachments.flatMap(({ interface: device, addresses }) => [
      ...addresses.map((cidr) => `address add ${cidr} ${cidr.includes(':') ? 'nodad' : 'brd +'} dev ${device}`),
      `link set ${device} up`,
    ]),
    ...routes.map(({ to, via }) => `route add ${to} via ${via}`),
  ].join('\n');

/**
 * Boots hosts on their networks. Needs root.
 * @param prefix begins the name of every namespace and marks every process; unique to this run.
 * @throws if a command fails; call `tearDown(prefix)` then, as always.
 */
export const bootNamespaces = async <Name extends string, Network extends string>(
  prefix: string,
  networks: readonly Network[],
  hosts: readonly HostPlan<Name, Network>[],
): Promise<BootedHosts<Name, Network>> => {
  const namespaceOf = (host: string) => `${prefix}-${host}`;
  const marked = (env?: NodeJS.ProcessEnv) => ({ ...process.env, ...env, [tokenName]: prefix });

  const ip = (args: readonly string[], batch: string) => {
    const finished = run('ip', [...args, '-batch', '-'], { env: marked() });
    finished.child.stdin?.on('error', () => {}).end(`${batch}\n`);
    return finished;
  };
  const inHost = (host: Name, command: readonly string[]) => ['netns', 'exec', namespaceOf(host), ...command];

  const names = [...hosts.map(({ name }) => name), 'switch'];
  await ip([], names.map((name) => `netns add ${namespaceOf(name)}`).join('\n'));
  // Before the links are created, because they inherit `default` from here.
  await Promise.all(
    hosts.map(({ name, settings }) =>
      run('ip', inHost(name, ['sysctl', '-q', '-e', '-w', ...settings]), { env: marked() }),
    ),
  );
  await ip(['-netns', namespaceOf('switch')], cabling(hosts, networks, namespaceOf));
  await Promise.all(hosts.map((host) => ip(['-netns', namespaceOf(host.name)], addressing(host))));

  // One ip(8) that waits for commands, so that a cut takes effect at once, without the start of a process.
  const switchboard = spawn('ip', ['-netns', namespaceOf('switch'), '-oneline', '-batch', '-'], {
    env: marked(),
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  switchboard.stdin.on('error', () => {});
  const ended = once(switchboard, 'exit');
  const setPorts = async (name: Name, only: Network | undefined, settingOf: (network: Network) => string) => {
    const attached = hosts.find((host) => host.name === name)?.attachments.map(({ network }) => network) ?? [];
    const ports = attached.filter((network) => only === undefined || only === network);
    const orders = ports.map((network) => `link set ${portOf(name, network)} ${settingOf(network)}`);
    // Its output shows that the previous commands were carried out.
    const answered = once(switchboard.stdout, 'data');
    switchboard.stdin.write(`${orders.join('\n')}\nlink show dev lo\n`);
    await Promise.race([answered, ended.then(() => Promise.reject(new Error(`Cannot set the ports of ${name}`)))]);
  };

  return {
    prefix,
    namespaceOf,
    run: async (host, command, options) => {
      const { stdout } = await run('ip', inHost(host, command), { ...options, env: marked(options?.env) });
      return stdout;
    },
    start: (host, command, options) =>
      spawn('ip', inHost(host, command), { ...options, env: marked(options?.env), detached: true }),
    portOf,
    cut: (name, network) => setPorts(name, network, () => 'nomaster'),
    mend: (name, network) => setPorts(name, network, (port) => `master ${bridgeOf(port)}`),
    unplug: (name, network) => setPorts(name, network, () => 'down'),
    plug: (name, network) => setPorts(name, network, () => 'up'),
  };
};
