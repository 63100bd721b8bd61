// The source NAT of FULLNAT as data and as an nftables ruleset: replies return through the forwarding director. Pure.

import { contains, isHost, networkOf } from '../../net/cidr.ts';
import { familyOf, type IpAddress } from '../../net/ip-address.ts';
import type { AddressEntry } from '../route/address-entry.ts';
import { tableRemoval } from './table.ts';

/** Traffic of a virtual service that IPVS sends into one of the real servers' networks gets this host's source address there. */
export type SnatEntry = {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** The address of the virtual service. */
  readonly address: IpAddress;
  /** 0 for every port. */
  readonly port: number;
  /** The network of the real servers, such as `192.168.66.0/24`. */
  readonly network: string;
  /** The director's own address in that network, never a virtual address. */
  readonly source: IpAddress;
};

const snatKey = ({ protocol, address, port, network }: SnatEntry): string =>
  `${protocol} ${address} ${port} ${network}`;

export type NatFamily = 'ip' | 'ip6';
export const natFamilies: readonly NatFamily[] = ['ip', 'ip6'];

/** The name of regent's table, in each family. */
export const natTable = 'regent';

const nftFamilyOf = (address: IpAddress): NatFamily => (familyOf(address) === 'ipv6' ? 'ip6' : 'ip');

// nft refuses `proto-dst` without `meta l4proto`.
const rule = (family: NatFamily, { protocol, address, port, network, source }: SnatEntry): string => {
  const ports = port === 0 ? '' : ` ct original proto-dst ${port}`;
  return `    ct original ${family} daddr ${address} meta l4proto ${protocol}${ports} ${family} daddr ${network} snat to ${source}`;
};

/** Makes the whole table again in one transaction: `nft -f -` applies all of it or nothing. Open connections keep their NAT. */
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

/** The `nft -f -` input that gives a family's table exactly these entries; entries of the other family are left out. */
export const natRuleset = (family: NatFamily, entries: readonly SnatEntry[]): string => {
  const own = entries.filter(({ address }) => nftFamilyOf(address) === family);
  return own.length > 0 ? tableText(family, own) : '';
};

export type SnatPlan = {
  readonly entries: readonly SnatEntry[];
  /** Real servers outside this host's networks: their replies cannot be directed to it. */
  readonly unreachable: readonly string[];
};

/**
 * Chooses this host's source address for each network with real servers of a service.
 * @param own this host's addresses; those in `virtual` or without a network of their own (/32, /128) are never the source; of
 * several in the longest matching network the first counts
 * @param virtual every virtual address that a director may hold: they move, and replies would follow them
 */
export const planSnat = (
  service: Pick<SnatEntry, 'protocol' | 'address' | 'port'>,
  servers: readonly IpAddress[],
  own: readonly Pick<AddressEntry, 'address' | 'prefixLength'>[],
  virtual: ReadonlySet<string>,
): SnatPlan => {
  const sources = own
    .filter((one) => !isHost(one) && !virtual.has(one.address))
    .toSorted((left, right) => right.prefixLength - left.prefixLength);
  const entries = new Map<string, SnatEntry>();
  const unreachable: string[] = [];
  for (const server of servers) {
    const found = sources.find((one) => contains(one, server));
    if (found === undefined) unreachable.push(server);
    else {
      const { protocol, address, port } = service;
      const network = `${networkOf(found)}/${found.prefixLength}`;
      const entry = { protocol, address, port, network, source: found.address };
      entries.set(snatKey(entry), entry);
    }
  }
  return { entries: [...entries.values()], unreachable };
};
