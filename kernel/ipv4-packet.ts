// The IPv4 header of a packet that a raw socket delivers. Pure.

import { formatAddress } from './ip-address.ts';

export type Ipv4Packet = {
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  /** A copy, so that it outlives a reused receive buffer. */
  readonly payload: Buffer;
};

/** Why bytes were no whole packet. */
export type Ipv4DropReason = 'short' | 'version' | 'header-length' | 'total-length' | 'fragment';

/*
 * RFC 791, section 3.1
 *   0             1     2             4    6                8     9          10         12       16            20
 *   | version/IHL | TOS | total length | id | flags, offset | TTL | protocol | checksum | source | destination | options |
 */
/** Takes a packet apart; what follows the total length (Ethernet's padding) is cut off. */
export const decodeIpv4 = (bytes: Buffer): Ipv4Packet | Ipv4DropReason => {
  if (bytes.length < 20) return 'short';
  const first = bytes.readUInt8(0);
  if (first >> 4 !== 4) return 'version';
  const headerLength = (first & 0xf) * 4;
  const totalLength = bytes.readUInt16BE(2);
  if (headerLength < 20 || headerLength > bytes.length) return 'header-length';
  if (totalLength < headerLength || totalLength > bytes.length) return 'total-length';
  // More fragments, or an offset; "don't fragment" is no fragment.
  if ((bytes.readUInt16BE(6) & 0x3fff) !== 0) return 'fragment';
  return {
    source: formatAddress(bytes.subarray(12, 16)),
    destination: formatAddress(bytes.subarray(16, 20)),
    ttl: bytes.readUInt8(8),
    payload: Buffer.from(bytes.subarray(headerLength, totalLength)),
  };
};
