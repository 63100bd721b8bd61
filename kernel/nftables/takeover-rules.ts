// No reset for connections that are not known yet, and no word of an address that nobody holds yet, as an nftables ruleset. Pure.

import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import { tableRemoval } from './table.ts';

/** The name of regent's own table for it. */
export const takeoverTable = 'regent-takeover';

/** Where the destination of the packet that an ICMP error is about lies behind the error's own header, in bits (RFC 792, RFC 4443). */
const concerned = { ip: '@th,192,32', ip6: '@th,256,128' } as const;
/** "It did not answer my ARP or neighbour solicitation", and "it has been sent to and fro". */
const errors = {
  ip: ['icmp type destination-unreachable icmp code host-unreachable', 'icmp type time-exceeded'],
  ip6: ['icmpv6 type destination-unreachable icmpv6 code addr-unreachable', 'icmpv6 type time-exceeded'],
} as const;

const rulesOf = (family: 'ip' | 'ip6', addresses: readonly IpAddress[]): string[] => {
  if (addresses.length === 0) return [];
  const numbers = addresses.map((address) => `0x${bytesOf(address).toString('hex')}`);
  return [
    `    ${family} saddr { ${addresses.join(', ')} } tcp flags & (rst | ack) == rst drop`,
    ...errors[family].flatMap((error) => numbers.map((number) => `    ${error} ${concerned[family]} ${number} drop`)),
  ];
};

/**
 * The text that `nft -f -` takes to have no reset leave this host from these addresses for a segment of a connection that is
 * unknown to who got it; empty without any. That reset has no ACK, unlike one that refuses a connection or aborts it (RFC 9293
 * 3.10.7.1). Those of real servers are among them: to whom an older connection from the same port is still known, a host
 * forwards what belongs to the newer one, which another server has.
 *
 * Nor do ICMP errors leave it which say that one of the addresses is not reached: whoever sends to a host that does not hold it
 * any more, or not yet, has it forwarded, and a client that is just connecting gives up by the first such error.
 */
export const takeoverRuleset = (addresses: readonly IpAddress[]): string => {
  if (addresses.length === 0) return '';
  return [
    `${tableRemoval('inet', takeoverTable)}table inet ${takeoverTable} {`,
    '  chain postrouting {',
    '    type filter hook postrouting priority filter; policy accept;',
    ...rulesOf(
      'ip',
      addresses.filter((address) => !address.includes(':')),
    ),
    ...rulesOf(
      'ip6',
      addresses.filter((address) => address.includes(':')),
    ),
    '  }',
    '}',
    '',
  ].join('\n');
};
