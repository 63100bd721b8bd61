// Captures from the networks and the directors' interfaces: advertisements, gratuitous ARP and addresses, each with its time.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
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

/**
 * Parses one line of `tcpdump -n -tt -e`.
 * @returns undefined for anything but an advertisement, a gratuitous ARP (sender and target address are equal), or an ARP answer.
 */
export const parseFrame = (line: string, network: NetworkName): Sighting | undefined => {
  const frame = /^(\d+)\.(\d{6}) ([0-9a-f:]{17}) > \S+ ethertype (\w+) .*?length \d+: (.*)$/.exec(line);
  if (frame === null) return undefined;
  const [, seconds, micros, mac = '', , text = ''] = frame;
  // Milliseconds before the fraction: a double holds the microseconds of today's time precisely enough.
  const time = Number(seconds) * 1000 + Number(micros) / 1000;
  const advertisement = /^([\d.]+) > 224\.0\.0\.18: .*Advertisement, vrid (\d+), prio (\d+)/.exec(text);
  if (advertisement !== null) {
    const [, source = '', routerId, priority] = advertisement;
    const heard = { routerId: Number(routerId), priority: Number(priority) };
    return { type: 'advertisement', time, ...speaker(hostOf(source)), network, ...heard };
  }
  const request = /^Request who-has ([\d.]+)(?: \([0-9a-f:]+\))? tell ([\d.]+)/.exec(text);
  const isGratuitous = request !== null && request[1] === request[2];
  const reply = /^Reply ([\d.]+) is-at/.exec(text);
  const address = isGratuitous ? request[1] : reply?.[1];
  if (address === undefined) return undefined;
  const type = isGratuitous || line.includes('> ff:ff:ff:ff:ff:ff') ? 'announcement' : 'answer';
  return { type, time, ...speaker(hostOf(addressOfMac(mac) ?? '')), network, address };
};

/** Parses one line of `ip -ts -o monitor address` (times in UTC). @returns undefined without an IPv4 address. */
export const parseAddressLine = (line: string, by: DirectorName): Sighting | undefined => {
  const match = /^\[([\d-]+T[\d:]+)\.(\d+)\] (Deleted )?\d+: \S+\s+inet ([\d.]+)\//.exec(line);
  if (match === null) return undefined;
  const [, second, micros, deleted, address = ''] = match;
  const time = Date.parse(`${second}Z`) + Number(micros) / 1000;
  const lease = /valid_lft (\d+)sec/.exec(line)?.[1];
  const held = deleted === undefined;
  return {
    type: 'address',
    time,
    by,
    address,
    held,
    ...(held && lease !== undefined && { lease: Number(lease) * 1000 }),
  };
};

const isEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

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
    const options = ['-n', '-tt', '-e', '-l', '-s', '128', '--immediate-mode'];
    const child = hosts.listen(network, (device) => ['tcpdump', ...options, '-i', device, 'vrrp or arp']);
    read(child, (line) => parseFrame(line, network));
    if (child.stderr === null) return child;
    let said = '';
    // Keep reading to the end: tcpdump writes more, and a full pipe would block it.
    const words = child.stderr.iterator({ destroyOnReturn: false });
    for await (const chunk of words) {
      said += chunk;
      if (said.includes('listening on')) {
        child.stderr.resume();
        return child;
      }
    }
    throw new Error(`tcpdump does not listen on network ${network}: ${said.trim()}`);
  };
  const monitor = (name: DirectorName) => {
    const options = { stdio: ['ignore', 'pipe', 'inherit'] as const, env: { TZ: 'UTC' } };
    const child = hosts.start(name, ['ip', '-ts', '-o', 'monitor', 'address'], {
      ...options,
      stdio: [...options.stdio],
    });
    read(child, (line) => {
      const seen = parseAddressLine(line, name);
      return seen === undefined ? undefined : { ...seen, time: seen.time - hosts.clockAhead(name) };
    });
    return child;
  };

  const children = [...directorNames.map(monitor), ...(await Promise.all(networkNames.map(sniff)))];
  return {
    sightings: () => [...seen].sort((one, other) => one.time - other.time),
    stop: async () => {
      const living = children.filter((child) => !isEnded(child));
      const ends = living.map((child) => once(child, 'exit'));
      for (const child of living) child.kill('SIGTERM');
      await Promise.all(ends);
    },
  };
};
