// The kernel's table of IPVS connections, from /proc/net/ip_vs_conn; netlink has no command for it.

import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fnv1a } from '../../base/hash.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { formatAddress } from '../../net/ip-address.ts';

export type ConnectionProtocol = 'tcp' | 'udp' | 'sctp' | 'any';

export type ConnectionEnd = Endpoint;

/** A connection, or a template: the persistence entry of a client, for one protocol or (`any`) for a firewall mark. */
export type ConnectionEntry = {
  readonly protocol: ConnectionProtocol;
  readonly client: ConnectionEnd;
  readonly virtual: ConnectionEnd;
  readonly server: ConnectionEnd;
  /** As the kernel prints it: `ESTABLISHED`, `FIN_WAIT`, `UDP`; for a template `NONE` or `ASSURED`. */
  readonly state: string;
  /** Seconds until it expires without a packet. */
  readonly expires: number;
  readonly isTemplate: boolean;
  /** The same on every director that knows the connection. */
  readonly fingerprint: number;
};

const protocols: Readonly<Record<string, ConnectionProtocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp', IP: 'any' };
const templateStates: ReadonlySet<string> = new Set(['NONE', 'ASSURED']);

/** IPv4 as eight hexadecimal digits, IPv6 as eight groups of four. */
const endOf = (address: string, port: string): ConnectionEnd => ({
  address: formatAddress(Buffer.from(address.replaceAll(':', ''), 'hex')),
  port: Number.parseInt(port, 16),
});

/*
 * net/netfilter/ipvs/ip_vs_conn.c, ip_vs_conn_seq_show:
 *   Pro FromIP FPrt ToIP TPrt DestIP DPrt State Expires [PEName PEData]
 */
const pattern =
  /^(TCP|UDP|SCTP|IP) +([\dA-Fa-f:]+) ([\dA-F]{4}) ([\dA-Fa-f:]+) ([\dA-F]{4}) ([\dA-Fa-f:]+) ([\dA-F]{4}) (\S+) +(\d+)( \S.*)?$/;

/**
 * Parses the table's text. Entries of a persistence engine are left out because their data is incomplete, connections to a server
 * of the other address family because the sync protocol cannot carry them.
 */
export const parseConnections = (text: string): ConnectionEntry[] =>
  text.split('\n').flatMap((line): ConnectionEntry[] => {
    const match = pattern.exec(line.trimEnd());
    if (match === null) return [];
    const [, name = '', from = '', fromPort = '', to = '', toPort = '', dest = '', destPort = ''] = match;
    const [state = '', expires = '', engine] = match.slice(8);
    if (engine !== undefined || dest.length !== from.length) return [];
    return [
      {
        protocol: protocols[name] ?? 'any',
        client: endOf(from, fromPort),
        virtual: endOf(to, toPort),
        server: endOf(dest, destPort),
        state,
        expires: Number(expires),
        isTemplate: fromPort === '0000' && templateStates.has(state),
        // With a million connections, one in four thousand would collide with another.
        fingerprint: fnv1a([name, from, fromPort, to, toPort, dest, destPort].join(' ')),
      },
    ];
  });

/** Bytes of text parsed in one turn of the loop, some thousand lines, so that a large table does not delay other work. */
const portion = 2 ** 17;

/** Parses a long text, with other work in between. */
const parsePatiently = async (text: string): Promise<ConnectionEntry[]> => {
  const entries: ConnectionEntry[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start + portion);
    const end = newline < 0 ? text.length : newline + 1;
    for (const entry of parseConnections(text.slice(start, end))) entries.push(entry);
    start = end;
    await nextTurn();
  }
  return entries;
};

/**
 * Reads the table of this process's network namespace in another thread: the kernel walks it again for each 4 KiB, which takes a
 * second for a hundred thousand connections. Empty where IPVS is not loaded.
 */
export const readConnections = async (path = '/proc/self/net/ip_vs_conn'): Promise<ConnectionEntry[]> => {
  try {
    return await parsePatiently(await readFile(path, 'latin1'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};
