// No reset for connections that are not known yet, as an nftables ruleset. Pure.

import { tableRemoval } from './nftables-table.ts';

/** The name of regent's own table for it. */
export const takeoverTable = 'regent-takeover';

/**
 * The text that `nft -f -` takes to have no reset leave this host from these addresses for a segment of a connection that is
 * unknown to who got it; empty without any. That reset has no ACK, unlike one that refuses a connection or aborts it (RFC 9293
 * 3.10.7.1). Those of real servers are among them: to whom an older connection from the same port is still known, a host
 * forwards what belongs to the newer one, which another server has.
 */
export const takeoverRuleset = (addresses: readonly string[]): string => {
  if (addresses.length === 0) return '';
  const rule = (family: 'ip' | 'ip6', some: readonly string[]): string[] =>
    some.length === 0 ? [] : [`    ${family} saddr { ${some.join(', ')} } tcp flags & (rst | ack) == rst drop`];
  return [
    `${tableRemoval('inet', takeoverTable)}table inet ${takeoverTable} {`,
    '  chain postrouting {',
    '    type filter hook postrouting priority filter; policy accept;',
    ...rule(
      'ip',
      addresses.filter((address) => !address.includes(':')),
    ),
    ...rule(
      'ip6',
      addresses.filter((address) => address.includes(':')),
    ),
    '  }',
    '}',
    '',
  ].join('\n');
};
