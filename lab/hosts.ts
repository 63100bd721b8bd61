// The lab's five hosts as network namespaces, and the programs that run in them.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BootedHosts, bootNamespaces, type HostPlan, type RunInHost, type StartInHost } from './namespaces.ts';
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

export type { RunOptions } from './namespaces.ts';

type ProgramName = 'client' | 'web-server';
/** Programs that hosts of this kernel run, too. */
type FurtherName = 'established-client' | 'rogue' | '../drill/client/client';

/** Hosts that are up, wherever they run, as the drill and its inspections use them. */
export type Hosts = {
  readonly profile: Profile;
  /** Whether a host's default route belongs to its hypervisor, not to the lab. */
  readonly hasUplink: boolean;
  readonly run: RunInHost<HostName>;
  readonly start: StartInHost<HostName>;
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
export type Namespaces = Hosts &
  BootedHosts<HostName, NetworkName> & {
    readonly program: (name: ProgramName | FurtherName) => readonly string[];
  };

/** Node's flags for the client and the servers: full speed from the first request, even on an emulated processor. */
export const smallProgramFlags: readonly string[] = ['--no-opt', '--always-sparkplug', '--max-lazy'];

// IPv6 off, so that a capture shows only the lab's traffic; forwarding as provisioning sets it on directors.
const settingsOf = ({ isRouter }: Host): readonly string[] => [
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  `net.ipv4.ip_forward=${isRouter ? 1 : 0}`,
];

const planOf = (host: Host): HostPlan<HostName, NetworkName> => ({
  name: host.name,
  attachments: host.attachments.map(({ network, interface: device, address }) => ({
    network,
    interface: device,
    addresses: [`${address}/24`],
    mac: macOf(address),
  })),
  routes: host.routes,
  settings: settingsOf(host),
});

/**
 * Boots the hosts of a profile. Needs root.
 * @param prefix begins the name of every namespace and marks every process; unique to this run.
 * @throws if a command fails; call `tearDown(prefix)` then, as always.
 */
export const bootHosts = async (prefix: string, profile: Profile): Promise<Namespaces> => {
  const booted = await bootNamespaces(prefix, networkNames, hostsOf(profile).map(planOf));
  // An idle process in each namespace: /proc/PID/net shows the namespace of PID.
  const residents = new Map<DirectorName, ChildProcess>();
  for (const name of directorNames) {
    const resident = booted.start(name, ['sh', '-c', 'echo inside; exec sleep infinity'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (resident.stdout !== null) await once(resident.stdout, 'data');
    residents.set(name, resident);
  }
  return {
    ...booted,
    profile,
    hasUplink: false,
    program: (name) => [
      process.execPath,
      ...smallProgramFlags,
      fileURLToPath(new URL(`./${name}.js`, import.meta.url)),
    ],
    // At hosts that are never cut off: the client's interface and rs0's.
    listen: (network, command) =>
      booted.start(network === '55' ? 'cl0' : 'rs0', command(interfaceNames[network]), {
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    clockAhead: () => 0,
    readProcNet: (name, file) => readFileSync(`/proc/${residents.get(name)?.pid}/net/${file}`, 'utf8'),
  };
};
