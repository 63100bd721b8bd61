// Suppresses RSTs for unknown connections, and ICMP errors about addresses that no host holds yet, as an nftables ruleset. Pure.

import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import { tableRemoval } from './table.ts';

/** The name of regent's table for it. */
export const takeoverTable = 'regent-takeover';

/** Offset in bits, in an ICMP error, of the destination address of the packet that caused it (RFC 792, RFC 4443). */
const concerned = { ip: '@th,192,32', ip6: '@th,256,128' } as const;
/** "Address unresolved by ARP or neighbour discovery", and "TTL or hop limit exceeded in a loop". */
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
 * The `nft -f -` input that drops outgoing RSTs without ACK from these addresses; empty without any. Such an RST answers a
 * segment of a connection that its receiver does not know; an RST that refuses or aborts a connection has ACK (RFC 9293
 * 3.10.7.1). RSTs from real servers are included: a host that still knows an older connection from the same port forwards
 * segments of the newer connection, which another server has.
 *
 * It also drops ICMP errors that report one of the addresses unreachable: a host that does not hold the address any more, or not
 * yet, forwards packets to it, and a connecting client gives up at the first such error.
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
