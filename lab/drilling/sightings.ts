// What the lab observes, as events of a drill's record.

import type { Event } from '../../drill/recording/recording.ts';
import type { Sighting } from '../capture.ts';
import { parseEntry } from '../log.ts';
import { addressOn, realServerNames, servicePort } from '../topology.ts';

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
export const logEventOf = (line: string, by: string): Event => {
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

/** The name of a real server's endpoint. */
export const nameOf = (endpoint: string): string =>
  realServerNames.find((name) => `${addressOn(name, '66')}:${servicePort}` === endpoint) ?? endpoint;
