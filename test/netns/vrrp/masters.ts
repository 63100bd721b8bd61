// Who was master, and when, as a capture of the cable shows it: a master is a router that sends advertisements.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Namespace } from '../namespaces.ts';
import { ended } from './hosts.ts';

/** One advertisement on the cable; `at` in milliseconds of wall time, `interval` too. */
export type Sighting = {
  readonly at: number;
  readonly source: string;
  readonly version: 2 | 3;
  readonly id: number;
  readonly priority: number;
  readonly interval: number;
};

/** A time during which a router advertised without a longer pause. */
export type Reign = { readonly source: string; readonly from: number; readonly to: number };

export type Watch = {
  /** What was seen of all virtual routers, or of one. */
  readonly sightings: (id?: number) => readonly Sighting[];
  /** What tcpdump found wrong in the packets, in its own words. */
  readonly complaints: () => readonly string[];
  readonly stop: () => Promise<void>;
};

// 1763888888.123456 IP (tos 0xc0, ...) 192.168.55.11 > 224.0.0.18: VRRPv3, Advertisement, vrid 51, prio 150, intvl 100cs, ...
const line =
  /^(?<at>[\d.]+) IP6? (?:.*\s)?(?<source>\S+) > \S+: .*?VRRPv(?<version>[23]), Advertisement, .*?vrid (?<id>\d+), prio (?<priority>\d+),.*? intvl (?<interval>\d+)(?<unit>cs|s)/;

export const parseSighting = (text: string): Sighting | undefined => {
  const found = line.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { at, source = '', version, id, priority, interval, unit } = found;
  return {
    at: Number(at) * 1000,
    source,
    version: version === '2' ? 2 : 3,
    id: Number(id),
    priority: Number(priority),
    interval: Number(interval) * (unit === 'cs' ? 10 : 1000),
  };
};

const complaint = /bad|invalid|incorrect|truncated|\[\|/i;

/** Captures the advertisements on an interface; resolves when the capture runs. */
export const watchMasters = async (namespace: Namespace, interfaceName: string): Promise<Watch> => {
  const filter = 'ip proto 112 or ip6 proto 112';
  // Short snapshots, so that the buffer holds what many routers say in one moment.
  const options = ['-n', '-l', '-tt', '-v', '--immediate-mode', '-s', '512', '-B', '4096'];
  const tcpdump = ['tcpdump', '-i', interfaceName, ...options, filter];
  const child: ChildProcess = spawn('ip', ['netns', 'exec', namespace.name, ...tcpdump], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const all: Sighting[] = [];
  const byId = new Map<number, Sighting[]>();
  const complaints: string[] = [];
  const read = (packet: string): void => {
    if (complaint.test(packet)) complaints.push(packet);
    const sighting = parseSighting(packet);
    if (sighting === undefined) return;
    all.push(sighting);
    const same = byId.get(sighting.id);
    if (same === undefined) byId.set(sighting.id, [sighting]);
    else same.push(sighting);
  };
  if (child.stdout === null || child.stderr === null) throw new Error('unreachable');
  let header = '';
  createInterface(child.stdout).on('line', (text) => {
    // Over IPv4 the advertisement stands on an indented line below its IP header's.
    const isWhole = /^\s/.test(text) || text.includes('VRRPv');
    if (isWhole) read(header + text);
    header = isWhole ? '' : text;
  });
  await once(child.stderr, 'data');
  return {
    sightings: (id) => (id === undefined ? all : (byId.get(id) ?? [])),
    complaints: () => complaints,
    stop: async () => {
      child.kill('SIGTERM');
      await ended(child);
    },
  };
};

/** The reigns that sightings amount to. A farewell ends a reign; so does a pause of more than three intervals. */
export const reignsOf = (sightings: readonly Sighting[]): Reign[] => {
  const reigns: Reign[] = [];
  const open = new Map<string, { source: string; from: number; to: number }>();
  for (const { source, at, priority, interval } of sightings) {
    const reign = open.get(source);
    if (reign !== undefined && at - reign.to <= 3 * interval) reign.to = at;
    else if (priority > 0) {
      const begun = { source, from: at, to: at };
      open.set(source, begun);
      reigns.push(begun);
    }
    if (priority === 0) open.delete(source);
  }
  return reigns;
};

/** For how long two routers reigned at once at most, in milliseconds. */
export const longestOverlap = (reigns: readonly Reign[]): number =>
  Math.max(
    0,
    ...reigns.flatMap((one, index) =>
      reigns
        .slice(index + 1)
        .filter(({ source }) => source !== one.source)
        .map((other) => Math.min(one.to, other.to) - Math.max(one.from, other.from)),
    ),
  );

/** The sources that advertised since a moment. */
export const mastersSince = (sightings: readonly Sighting[], moment: number): string[] => [
  ...new Set(sightings.filter(({ at, priority }) => at >= moment && priority > 0).map(({ source }) => source)),
];
