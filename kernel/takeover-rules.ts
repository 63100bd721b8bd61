// No reset for connections that a host does not know yet, as an nftables ruleset. Pure.

import { tableRemoval } from './nftables-table.ts';

/** The name of regent's own table for it. */
export const takeoverTable = 'regent-takeover';

/**
 * The text that `nft -f -` takes to have no TCP reset leave this host from these addresses; empty without any. What real
 * servers say is forwarded, and passes.
 */
export const takeoverRuleset = (addresses: readonly string[]): string => {
  if (addresses.length === 0) return '';
  const rule = (family: 'ip' | 'ip6', some: readonly string[]): string[] =>
    some.length === 0 ? [] : [`    ${family} saddr { ${some.join(', ')} } tcp flags & rst == rst drop`];
  return [
    `${tableRemoval('inet', takeoverTable)}table inet ${takeoverTable} {`,
    '  chain output {',
    '    type filter hook output priority filter; policy accept;',
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
