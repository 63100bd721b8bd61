// What the lab observes, as events of a drill's record.

import type { Event } from '../../drill/recording/recording.ts';
import type { Sighting } from '../capture.ts';
import { parseEntry } from '../log.ts';
import { parseTable } from '../table.ts';
import { addressOn, type DirectorName, realServerNames, servicePort } from '../topology.ts';

/** An answer to an ARP request is the kernel's, and no event. */
export const eventOf = (sighting: Sighting): Event | undefined => {
  const by = sighting.by ?? 'a foreign host';
  switch (sighting.type) {
    case 'advertisement': {
      const { time, network, routerId: router, priority } = sighting;
      return { type: 'advertisement', time, by, network, router, priority };
    }
    case 'announcement':
      return { type: 'arp', time: sighting.time, by, network: sighting.network, address: sighting.address };
    case 'address': {
      const { time, address, held, lease } = sighting;
      return { type: 'address', time, by, address, held, ...(lease !== undefined && { lease }) };
    }
    case 'answer':
      return undefined;
  }
};

/** A line of a director's log. The programs' own times count; another program's lines have none that is exact enough. */
export const logEventOf = (line: string, by: DirectorName): Event => {
  const entry = parseEntry(line);
  if (entry === undefined) {
    const message = line.replace(/^\w{3} \w{3} +\d+ [\d:]+ \d{4}: /, '');
    return { type: 'log', time: Date.now(), by, level: 'info', message };
  }
  const { timestamp, level, message, process, subject } = entry;
  return {
    type: 'log',
    time: Date.parse(timestamp),
    by,
    level,
    message,
    ...(process !== undefined && { process }),
    ...(subject !== undefined && { subject }),
  };
};

const nameOf = (endpoint: string): string =>
  realServerNames.find((name) => `${addressOn(name, '66')}:${servicePort}` === endpoint) ?? endpoint;

/** Weights by server in a director's table, as /proc/net/ip_vs has it. */
export const weightsIn = (table: string): ReadonlyMap<string, number> =>
  new Map(parseTable(table).flatMap(({ rows }) => rows.map(({ server, weight }) => [nameOf(server), weight] as const)));

/** The changes from one reading to the next; null without an entry. */
export const weightChanges = (
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly { readonly server: string; readonly weight: number | null }[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap((server) => {
    const weight = after.get(server);
    return weight === before.get(server) ? [] : [{ server, weight: weight ?? null }];
  });
