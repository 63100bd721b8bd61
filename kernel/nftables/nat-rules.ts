// The source NAT of FULLNAT as data and as an nftables ruleset: replies return through the director that forwarded. Pure.

import { contains, isHost, networkOf } from '../../net/cidr.ts';
import { familyOf, type IpAddress } from '../../net/ip-address.ts';
import type { AddressEntry } from '../route/addresses.ts';
import { tableRemoval } from './table.ts';

/** Traffic to a virtual service that IPVS has sent into one of the real servers' networks leaves with our address there. */
export type SnatEntry = {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** The virtual service's. */
  readonly address: IpAddress;
  /** 0 for every port. */
  readonly port: number;
  /** The network of the real servers, as `192.168.66.0/24`. */
  readonly network: string;
  /** The director's own address in that network, never a virtual one. */
  readonly source: IpAddress;
};

export const snatKey = ({ protocol, address, port, network }: SnatEntry): string =>
  `${protocol} ${address} ${port} ${network}`;

export type NatFamily = 'ip' | 'ip6';
export const natFamilies: readonly NatFamily[] = ['ip', 'ip6'];

/** The name of regent's own table, in each family. */
export const natTable = 'regent';

const nftFamilyOf = (address: IpAddress): NatFamily => (familyOf(address) === 'ipv6' ? 'ip6' : 'ip');

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
  const own = entries.filter(({ address }) => nftFamilyOf(address) === family);
  return own.length > 0 ? tableText(family, own) : '';
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
