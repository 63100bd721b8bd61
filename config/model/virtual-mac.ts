// The virtual MAC of a router, and its interface. Pure.

import type { Family } from '../../net/ip-address.ts';

/** RFC 9568, section 7.3: the last byte is the id, the byte before is the family. */
export const virtualMacOf = ({ family, virtualRouterId }: { family: Family; virtualRouterId: number }): string =>
  `00:00:5e:00:0${family === 'ipv4' ? 1 : 2}:${virtualRouterId.toString(16).padStart(2, '0')}`;

/** Name of its interface if the configuration gives none. */
export const virtualInterfaceName = (family: Family, virtualRouterId: number): string =>
  `vrrp${family === 'ipv4' ? 4 : 6}-${virtualRouterId}`;
