// Accept mode off as an nftables ruleset: a master answers only ARP and neighbour discovery for its addresses (RFC 9568 6.1).
// Pure.

import type { IpAddress } from '../../net/ip-address.ts';
import { tableRemoval } from './table.ts';

/** The name of regent's table for it. */
export const acceptTable = 'regent-accept';

/**
 * The `nft -f -` input that drops packets to these addresses; empty without any. Forwarded packets are not filtered, and ARP is
 * of another family. Neighbour discovery must pass (RFC 9568, section 6.4.3).
 */
export const acceptRuleset = (addresses: readonly IpAddress[]): string => {
  if (addresses.length === 0) return '';
  const setOf = (isOfFamily: (address: IpAddress) => boolean): string => addresses.filter(isOfFamily).join(', ');
  const four = setOf((address) => !address.includes(':'));
  const six = setOf((address) => address.includes(':'));
  return [
    `${tableRemoval('inet', acceptTable)}table inet ${acceptTable} {`,
    '  chain input {',
    // Before the host's own rules, which may accept anything.
    '    type filter hook input priority filter - 1; policy accept;',
    ...(four === '' ? [] : [`    ip daddr { ${four} } drop`]),
    ...(six === ''
      ? []
      : [
          `    ip6 daddr { ${six} } icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept`,
          `    ip6 daddr { ${six} } drop`,
        ]),
    '  }',
    '}',
    '',
  ].join('\n');
};
