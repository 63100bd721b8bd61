// The keys of a virtual address, which is mostly written as text alone.

import { z } from 'zod';
import { addressScopes, type VirtualAddress } from '../model/model.ts';
import { choice, cidr, flag, interfaceName, ipAddress, matching } from './values.ts';

// Which key belongs to which family is a rule (vrrp-rules.ts).
export const addressKeys = {
  address: cidr().meta({
    description: 'The address; without a length /32 or /128.',
    example: '192.168.55.100/32',
  }),
  interface: interfaceName().optional().meta({
    description: "The interface that holds it and announces it. Without it the router's own.",
    example: 'enp0s8',
  }),
  scope: choice(addressScopes).optional().meta({
    description: 'Of IPv4: where the address counts, as of ip address. Without it global.',
    example: 'link',
  }),
  label: matching('a label of at most 15 characters', /^\S{1,15}$/)
    .optional()
    .meta({ description: 'Of IPv4: what old tools call the address.', example: 'enp0s9:vip' }),
  broadcast: ipAddress().optional().meta({
    description: 'Of IPv4: the broadcast address of its network. Without it none.',
    example: '192.168.55.255',
  }),
  preferred: flag()
    .optional()
    .describe(
      "Of IPv6: whether this host's own traffic may leave from the address. Without it a /128 is not preferred, others are.",
    ),
};

const whole = z.strictObject(addressKeys).transform(
  ({ address, ...raw }): VirtualAddress => ({
    ...address,
    ...(raw.interface !== undefined && { interface: raw.interface }),
    ...(raw.scope !== undefined && raw.scope !== 'global' && { scope: raw.scope }),
    ...(raw.label !== undefined && { label: raw.label }),
    ...(raw.broadcast !== undefined && { broadcast: raw.broadcast }),
    ...(raw.preferred !== undefined && { preferred: raw.preferred }),
  }),
);

export const virtualAddress = z.union([cidr(), whole]).meta({ id: 'address' });
