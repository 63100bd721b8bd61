// The source NAT of FULLNAT as data and as an nftables ruleset: replies return through the director that forwarded. Pure.

import { canonicalAddress, formatAddress, parseAddress, sharesPrefix } from '../../net/ip-address.ts';
import type { AddressEntry } from '../route/addresses.ts';
import { tableRemoval } from './table.ts';

/** Traffic to a virtual service that IPVS has sent into one of the real servers' networks leaves with our address there. */
export type SnatEntry = {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** The virtual service's. */
  readonly address: string;
  /** 0 for every port. */
  readonly port: number;
  /** The network of the real servers, as `192.168.66.0/24`. */
  readonly network: string;
  /** The director's own address in that network, never a virtual one. */
  readonly source: string;
};

export const snatKey = ({ protocol, address, port, network }: SnatEntry): string =>
  `${protocol} ${canonicalAddress(address)} ${port} ${network}`;

export type NatFamily = 'ip' | 'ip6';
export const natFamilies: readonly NatFamily[] = ['ip', 'ip6'];

/** The name of regent's own table, in each family. */
export const natTable = 'regent';

const familyOf = (address: string): NatFamily => (address.includes(':') ? 'ip6' : 'ip');

// `meta l4proto` tells nft what `proto-dst` means; without it nft refuses the rule.
const rule = (family: NatFamily, { protocol, address, port, network, source }: SnatEntry): string => {
  const ports = port === 0 ? '' : ` ct original proto-dst ${port}`;
  return `    ct original ${family} daddr ${address} meta l4proto ${protocol}${ports} ${family} daddr ${network} snat to ${source}`;
};

/** Makes the table again as a whole, in one transaction: `nft -f -` does all of it or nothing. Connections that are open keep theirs. */
const tableText = (family: NatFamily, entries: readonly SnatEntry[]): string =>
  [
    `${tableRemoval(family, natTable)}table ${family} ${natTable} {`,
    '  chain return-path {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    ...entries.toSorted((left, right) => (snatKey(left) < snatKey(right) ? -1 : 1)).map((entry) => rule(family, entry)),
    '  }',
    '}',
    '',
  ].join('\n');

/** The text that `nft -f -` takes to give a family's table exactly these entries; entries of the other family are left out. */
export const natRuleset = (family: NatFamily, entries: readonly SnatEntry[]): string => {
  const own = entries.filter(({ address }) => familyOf(address) === family);
  return own.length > 0 ? tableText(family, own) : '';
};

const networkOf = (bytes: Buffer, prefixLength: number): string => {
  const masked = bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, prefixLength - index * 8))));
  return `${formatAddress(masked)}/${prefixLength}`;
};

export type SnatPlan = {
  readonly entries: readonly SnatEntry[];
  /** Real servers in no network of this host: their replies cannot be asked back. */
  readonly unreachable: readonly string[];
};

/**
 * Chooses, for each network that holds real servers of a service, this host's own address there as the source.
 * @param own this host's addresses; those that are among `virtual` or have no network of their own (/32, /128) are no source,
 * and of several in the longest matching network the first counts
 * @param virtual every virtual address that a director may hold: they move, and replies would follow them
 */
export const planSnat = (
  service: Pick<SnatEntry, 'protocol' | 'address' | 'port'>,
  servers: readonly string[],
  own: readonly Pick<AddressEntry, 'address' | 'prefixLength'>[],
  virtual: ReadonlySet<string>,
): SnatPlan => {
  const moving = new Set([...virtual].map(canonicalAddress));
  const sources = own
    .flatMap(({ address, prefixLength }) => {
      const bytes = parseAddress(address);
      const isSource = bytes !== undefined && prefixLength < bytes.length * 8 && !moving.has(canonicalAddress(address));
      return isSource ? [{ source: formatAddress(bytes), bytes, prefixLength }] : [];
    })
    .toSorted((left, right) => right.prefixLength - left.prefixLength);
  const entries = new Map<string, SnatEntry>();
  const unreachable: string[] = [];
  for (const server of servers) {
    const bytes = parseAddress(server);
    const found = sources.find((one) => bytes !== undefined && sharesPrefix(one.bytes, bytes, one.prefixLength));
    if (found === undefined) unreachable.push(server);
    else {
      const { protocol, address, port } = service;
      const network = networkOf(found.bytes, found.prefixLength);
      const entry = { protocol, address, port, network, source: found.source };
      entries.set(snatKey(entry), entry);
    }
  }
  return { entries: [...entries.values()], unreachable };
};
