// The keys of a virtual address, which is mostly written as text alone.

import { judgeVirtualAddress } from './host-address.ts';
import { optional, required } from './kind.ts';
import { judged } from './scalar.ts';
import { mapping } from './structure.ts';
import { choice, cidr, flag, interfaceName, ipAddress, matching } from './values.ts';

export const addressScopes = ['global', 'site', 'link', 'host'] as const;

// Which key belongs to which family is a rule (rules/address-rules.ts).
const addressKeys = {
  address: required(judged(cidr(), judgeVirtualAddress), 'The address; without a length /32 or /128.', {
    example: '192.168.55.100/32',
  }),
  interface: optional(
    interfaceName(),
    "The interface for the address and its announcements. Without it the router's own.",
    {
      example: 'enp0s8',
    },
  ),
  scope: optional(choice(addressScopes), 'Of IPv4: the scope of the address, as in ip address. Without it global.', {
    example: 'link',
  }),
  label: optional(
    matching('a label of at most 15 characters', /^\S{1,15}$/),
    'Of IPv4: name of the address in old tools.',
    { example: 'enp0s9:vip' },
  ),
  broadcast: optional(ipAddress(), 'Of IPv4: the broadcast address of its network. Without it none.', {
    example: '192.168.55.255',
  }),
  preferred: optional(
    flag(),
    "Of IPv6: whether this host's own traffic may leave from the address. Without it a /128 is not preferred, others are.",
  ),
};

/** Its address may be written in place of the mapping. */
export const virtualAddress = mapping(addressKeys, { id: 'address', short: 'address' });
