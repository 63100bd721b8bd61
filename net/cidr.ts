// An address with a prefix length. Pure.

import { bytesOf, familyOf, formatAddress, type IpAddress, parseAddress, sharesPrefix } from './ip-address.ts';

export type Cidr = { readonly address: IpAddress; readonly prefixLength: number };

/** The prefix length of a single address. */
export const hostLength = (address: IpAddress): number => (familyOf(address) === 'ipv4' ? 32 : 128);

/** Parses `address/length`; a bare address is /32 or /128. */
export const parseCidr = (text: string): Cidr | undefined => {
  const match = /^([^/]+)(?:\/(\d|[1-9]\d|1[01]\d|12[0-8]))?$/.exec(text);
  const address = parseAddress(match?.[1] ?? '');
  if (address === undefined) return undefined;
  const longest = hostLength(address);
  const prefixLength = Number(match?.[2] ?? longest);
  return prefixLength <= longest ? { address, prefixLength } : undefined;
};

/** Whether the prefix holds a single address. */
export const isHost = ({ address, prefixLength }: Cidr): boolean => prefixLength === hostLength(address);

export const formatCidr = ({ address, prefixLength }: Cidr): string => `${address}/${prefixLength}`;

/** The first address of the network. */
export const networkOf = ({ address, prefixLength }: Cidr): IpAddress =>
  formatAddress(
    bytesOf(address).map(
      (byte, index) => byte & ((0xff00 >> Math.min(8, Math.max(0, prefixLength - index * 8))) & 0xff),
    ),
  );

/** Whether an address lies in the network. */
export const contains = ({ address: start, prefixLength }: Cidr, address: IpAddress): boolean =>
  sharesPrefix(bytesOf(start), bytesOf(address), prefixLength);
