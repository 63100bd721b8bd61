// The kernel's IPVS table from /proc/net/ip_vs: all services, destinations, weights and connections in one reading, at a sixtieth
// of the cost of asking for each service. It lacks connection limits, tunnels, and the settings of sh, mh and persistence.

import { openSync, readSync } from 'node:fs';
import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import type { DestinationState, ServiceAddress } from './entries.ts';

/** One listed service: its own line, and its destinations' lines. */
export type ListedService = { readonly head: string; readonly destinations: string };

/*
 * net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show; numbers in hexadecimal, but for weights and connections:
 *   TCP  0A000001:0050 wrr [ops ][persistent JIFFIES MASK]
 *   FWM  00000007 wrr
 *     -> 0A010001:0050      Masq    100    0          0
 *     -> [fd00:0000:…:0001]:0050      Masq    100    0          0
 */
const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

const endpointName = (address: IpAddress, port: number): string => {
  const bytes = bytesOf(address);
  const digits = bytes.toString('hex');
  const text = bytes.length === 4 ? digits.toUpperCase() : `[${(digits.match(/.{4}/g) ?? []).join(':')}]`;
  return `${text}:${hex(port, 4)}`;
};

/** The name of a service in the listing. Marks of both families look alike. */
export const listedName = (service: ServiceAddress): string =>
  'firewallMark' in service
    ? `FWM ${hex(service.firewallMark, 8)}`
    : `${service.protocol.toUpperCase()} ${endpointName(service.address, service.port)}`;

const words = { masq: 'Masq', local: 'Local', tunnel: 'Tunnel', direct: 'Route', bypass: 'Bypass' } as const;

/** A destination without its connections, as in {@link countListed}. */
export const listedDestination = ({ address, port, forwarding, weight }: DestinationState): string =>
  `${endpointName(address, port)} ${words[forwarding]} ${weight}`;

/** Splits a listing by services; services of the same name are joined. */
export const splitListing = (text: string): Map<string, ListedService> => {
  const services = new Map<string, ListedService>();
  for (const block of text.split(/\n(?=[A-Z])/).slice(1)) {
    const end = block.indexOf('\n');
    const head = (end < 0 ? block : block.slice(0, end)).trimEnd();
    const [protocol = '', address = ''] = head.split(/ +/, 2);
    const name = `${protocol} ${address}`;
    const destinations = end < 0 ? '' : block.slice(end + 1);
    const before = services.get(name);
    services.set(name, {
      head: before === undefined ? head : `${before.head}\n${head}`,
      destinations: before === undefined ? destinations : `${before.destinations}\n${destinations}`,
    });
  }
  return services;
};

const copyOf = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

/** A service to be kept: V8 makes parts of a text as references to it, which would keep the whole listing in memory. */
export const detached = ({ head, destinations }: ListedService): ListedService => ({
  head: copyOf(head),
  destinations: copyOf(destinations),
});

export type ListedConnections = { readonly active: number; readonly inactive: number };

/** Parses the lines of destinations: connections by {@link listedDestination}. */
export const countListed = ({ destinations }: ListedService): Map<string, ListedConnections> => {
  const found = new Map<string, ListedConnections>();
  for (const line of destinations.split('\n')) {
    const [arrow, endpoint, word, weight, active, inactive] = line.trim().split(/ +/);
    if (arrow === '->')
      found.set(`${endpoint} ${word} ${weight}`, { active: Number(active), inactive: Number(inactive) });
  }
  return found;
};

const path = '/proc/thread-self/net/ip_vs';

/**
 * Opens the listing of this thread's network namespace.
 * @returns a function that reads its text, the same one while nothing changes; undefined where the kernel does not have it.
 */
export const openListing = (): (() => string | undefined) => {
  let fd: number | undefined;
  let buffer = Buffer.alloc(2 ** 16);
  let last = Buffer.alloc(0);
  let text = '';
  try {
    fd = openSync(path, 'r');
  } catch {
    return () => undefined;
  }
  const own = fd;
  return () => {
    try {
      let length = 0;
      // The kernel returns a page at a time.
      for (;;) {
        if (buffer.length - length < 2 ** 15) buffer = Buffer.concat([buffer], 2 * buffer.length);
        const count = readSync(own, buffer, length, buffer.length - length, length);
        if (count === 0) break;
        length += count;
      }
      const found = buffer.subarray(0, length);
      if (!found.equals(last)) {
        last = Buffer.from(found);
        text = found.toString('latin1');
      }
      return text;
    } catch {
      return undefined;
    }
  };
};
