// Captures from the networks and the directors' interfaces: advertisements, gratuitous ARP and addresses, each with its time.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseAddressLine } from '../drill/capture/addresses.ts';
import { captureFilter, captureOptions, parseFrame } from '../drill/capture/frames.ts';
import type { Hosts } from './hosts.ts';
import {
  addressOfMac,
  type DirectorName,
  directorNames,
  type HostName,
  hostOf,
  type NetworkName,
  networkNames,
} from './topology.ts';

/** One captured event. `time` is wall clock in milliseconds with microsecond fractions; `by` is absent for an unknown sender. */
export type Sighting =
  | {
      readonly type: 'advertisement';
      readonly time: number;
      readonly by?: HostName;
      readonly network: NetworkName;
      readonly routerId: number;
      readonly priority: number;
    }
  | {
      readonly type: 'announcement';
      readonly time: number;
      readonly by?: HostName;
      readonly network: NetworkName;
      readonly address: string;
    }
  | {
      /** An answer to an ARP request. */
      readonly type: 'answer';
      readonly time: number;
      readonly by?: HostName;
      readonly network: NetworkName;
      readonly address: string;
    }
  | {
      readonly type: 'address';
      readonly time: number;
      readonly by: DirectorName;
      readonly address: string;
      readonly held: boolean;
      /** How long the kernel keeps it unless it is renewed, in milliseconds; absent for ever. */
      readonly lease?: number;
    };

export type Capture = {
  /** All events so far, in order of time. */
  readonly sightings: () => readonly Sighting[];
  /** Ends the capture. */
  readonly stop: () => Promise<void>;
};

const speaker = (host: HostName | undefined): { by?: HostName } => (host === undefined ? {} : { by: host });

/** A captured line as an event of a network; undefined for any other frame. */
export const sightingOf = (line: string, network: NetworkName): Sighting | undefined => {
  const frame = parseFrame(line);
  if (frame === undefined) return undefined;
  if (frame.type === 'advertisement') {
    const { type, time, source, router: routerId, priority } = frame;
    return { type, time, ...speaker(hostOf(source)), network, routerId, priority };
  }
  const { type, time, mac, address } = frame;
  return { type, time, ...speaker(hostOf(addressOfMac(mac) ?? '')), network, address };
};

const isEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Waits until tcpdump listens. @throws if it ends before. */
export const untilListening = async ({ stderr }: ChildProcess, where: string): Promise<void> => {
  if (stderr === null) return;
  let said = '';
  // Keep reading to the end: tcpdump writes more, and a full pipe would block it.
  for await (const chunk of stderr.iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes('listening on')) {
      stderr.resume();
      return;
    }
  }
  throw new Error(`tcpdump does not listen on ${where}: ${said.trim()}`);
};

/** Ends programs that capture. */
export const endAll = async (children: readonly ChildProcess[]): Promise<void> => {
  const living = children.filter((child) => !isEnded(child));
  const ends = living.map((child) => once(child, 'exit'));
  for (const child of living) child.kill('SIGTERM');
  await Promise.all(ends);
};

/**
 * Watches both networks and the addresses of both directors.
 * @param onSighting is called for each event as it is seen, not in order of time.
 * @throws if tcpdump ends before it listens.
 */
export const startCapture = async (
  hosts: Hosts,
  onSighting: (sighting: Sighting) => void = () => {},
): Promise<Capture> => {
  const seen: Sighting[] = [];
  const read = (child: ChildProcess, parse: (line: string) => Sighting | undefined) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const sighting = parse(line);
      if (sighting === undefined) return;
      seen.push(sighting);
      onSighting(sighting);
    });
  };

  const sniff = async (network: NetworkName) => {
    const child = hosts.listen(network, (device) => ['tcpdump', ...captureOptions, '-i', device, captureFilter]);
    read(child, (line) => sightingOf(line, network));
    await untilListening(child, `network ${network}`);
    return child;
  };
  const monitor = (name: DirectorName) => {
    const options = { stdio: ['ignore', 'pipe', 'inherit'] as const, env: { TZ: 'UTC' } };
    const child = hosts.start(name, ['ip', '-ts', '-o', 'monitor', 'address'], {
      ...options,
      stdio: [...options.stdio],
    });
    read(child, (line): Sighting | undefined => {
      const change = parseAddressLine(line);
      if (change?.time === undefined) return undefined;
      return { ...change, type: 'address', by: name, time: change.time - hosts.clockAhead(name) };
    });
    return child;
  };

  const children = [...directorNames.map(monitor), ...(await Promise.all(networkNames.map(sniff)))];
  return {
    sightings: () => [...seen].sort((one, other) => one.time - other.time),
    stop: () => endAll(children),
  };
};
