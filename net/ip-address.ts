// IP addresses. Once parsed, an address has one text (RFC 5952), so that equal texts are equal addresses. Pure.

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

declare const canonical: unique symbol;

/** The canonical text of an address; only the functions of this file make one. */
export type IpAddress = string & { readonly [canonical]: 'address' };

export const families = ['ipv4', 'ipv6'] as const;
export type Family = (typeof families)[number];

const spell = (address: ipaddr.IPv4 | ipaddr.IPv6): IpAddress => {
  if (address instanceof ipaddr.IPv4) return address.toString() as IpAddress;
  // RFC 5952, section 5.
  const text = address.isIPv4MappedAddress() ? `::ffff:${address.toIPv4Address()}` : address.toRFC5952String();
  return text as IpAddress;
};

/** @returns undefined if the text is no address, or has a zone. */
export const parseAddress = (text: string): IpAddress | undefined => {
  // node:net decides, since ipaddr.js also accepts 10.1 and 0x7f000001.
  const version = text.includes('%') ? 0 : isIP(text);
  if (version === 0) return undefined;
  return version === 4 ? (text as IpAddress) : spell(ipaddr.IPv6.parse(text));
};

/** Parses text that is known to be an address. @throws RangeError */
export const ip = (text: string): IpAddress => {
  const address = parseAddress(text);
  if (address === undefined) throw new RangeError(`${text} is not an IP address`);
  return address;
};

/** The address of 4 or 16 bytes in network order. */
export const formatAddress = (bytes: Uint8Array): IpAddress =>
  bytes.length === 4 ? (bytes.join('.') as IpAddress) : spell(new ipaddr.IPv6([...bytes]));

/** The 4 or 16 bytes of an address in network order. */
export const bytesOf = (address: IpAddress): Buffer =>
  Buffer.from(address.includes(':') ? ipaddr.IPv6.parse(address).toByteArray() : address.split('.').map(Number));

export const familyOf = (address: IpAddress): Family => (address.includes(':') ? 'ipv6' : 'ipv4');

/** The unspecified addresses: none, or any. */
export const unspecified: Readonly<Record<Family, IpAddress>> = { ipv4: ip('0.0.0.0'), ipv6: ip('::') };

/** Whether an address stays on its host: 127.0.0.0/8, also as IPv4-mapped, and ::1. */
export const isLoopback = (address: IpAddress): boolean => /^(::ffff:)?127\.|^::1$/.test(address);

/** Whether an address is IPv6 link-local, fe80::/10 (RFC 4291, section 2.5.6). */
export const isLinkLocal = (address: IpAddress): boolean => /^fe[89ab][\da-f]:/.test(address);

/** Whether two addresses of one family agree in their first `prefixLength` bits. */
export const sharesPrefix = (left: Uint8Array, right: Uint8Array, prefixLength: number): boolean => {
  if (left.length !== right.length) return false;
  return left.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    const mask = (0xff00 >> bits) & 0xff;
    return (byte & mask) === ((right[index] ?? 0) & mask);
  });
};
