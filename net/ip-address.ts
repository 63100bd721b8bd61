// IP addresses as text and as bytes. Pure.

import { isIPv4, isIPv6, SocketAddress } from 'node:net';

const parseIpv6 = (text: string): Buffer => {
  // A dotted tail is two groups.
  const plain = text.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = [], tail = []] = plain.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const gap = Array<string>(8 - head.length - tail.length).fill('0');
  const groups = [...head, ...gap, ...tail].map((group) => Number.parseInt(group, 16));
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
};

/** The 4 or 16 bytes of an address in network order; undefined when the text is no address. */
export const parseAddress = (text: string): Buffer | undefined => {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  return isIPv6(text) ? parseIpv6(text) : undefined;
};

/** The canonical text of 4 or 16 bytes (RFC 5952). */
export const formatAddress = (bytes: Uint8Array): string => {
  if (bytes.length === 4) return bytes.join('.');
  const groups = (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':');
  return new SocketAddress({ address: groups, family: 'ipv6' }).address;
};

/** The one spelling of an address that may be written in many; other text comes back unchanged. */
export const canonicalAddress = (text: string): string => {
  // Of IPv4 only one spelling is accepted.
  if (isIPv4(text)) return text;
  const bytes = parseAddress(text);
  return bytes === undefined ? text : formatAddress(bytes);
};

/** Whether an address is an IPv6 link-local one, fe80::/10 (RFC 4291, section 2.5.6). */
export const isLinkLocal = (text: string): boolean => {
  const bytes = isIPv6(text) ? parseAddress(text) : undefined;
  return bytes !== undefined && bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;
};

/** Whether two addresses of one family agree in their first `prefixLength` bits. */
export const sharesPrefix = (left: Uint8Array, right: Uint8Array, prefixLength: number): boolean => {
  if (left.length !== right.length) return false;
  return left.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    const mask = (0xff00 >> bits) & 0xff;
    return (byte & mask) === ((right[index] ?? 0) & mask);
  });
};
