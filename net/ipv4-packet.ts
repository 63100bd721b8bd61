// The IPv4 header of packets that a raw socket receives and sends. Pure.

import { bytesOf, formatAddress, type IpAddress } from './ip-address.ts';

/** A packet without its header, of either family. */
export type IpPacket = {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The hop limit in IPv6. */
  readonly ttl: number;
  /** A copy, so that it outlives a reused receive buffer. */
  readonly payload: Buffer;
};

/** Why bytes are not a whole packet. */
export type Ipv4DropReason = 'short' | 'version' | 'header-length' | 'total-length' | 'fragment';

const headerLength = 20;

/*
 * RFC 791, section 3.1
 *   0             1     2             4    6                8     9          10         12       16            20
 *   | version/IHL | TOS | total length | id | flags, offset | TTL | protocol | checksum | source | destination | options |
 */
/** Decodes a packet; bytes after the total length (Ethernet's padding) are cut off. */
export const decodeIpv4 = (bytes: Buffer): IpPacket | Ipv4DropReason => {
  if (bytes.length < headerLength) return 'short';
  const first = bytes.readUInt8(0);
  if (first >> 4 !== 4) return 'version';
  const payloadAt = (first & 0xf) * 4;
  const totalLength = bytes.readUInt16BE(2);
  if (payloadAt < headerLength || payloadAt > bytes.length) return 'header-length';
  if (totalLength < payloadAt || totalLength > bytes.length) return 'total-length';
  // "More fragments" or an offset; "don't fragment" is allowed.
  if ((bytes.readUInt16BE(6) & 0x3fff) !== 0) return 'fragment';
  return {
    source: formatAddress(bytes.subarray(12, 16)),
    destination: formatAddress(bytes.subarray(16, 20)),
    ttl: bytes.readUInt8(8),
    payload: Buffer.from(bytes.subarray(payloadAt, totalLength)),
  };
};

/** A header's fields besides its length; the addresses are of one family. */
export type IpHeader = {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly protocol: number;
  /** Type of service, or traffic class. */
  readonly trafficClass: number;
};

/** The header of a packet without options; the kernel fills in id and checksum (raw(7), IP_HDRINCL). */
export const encodeIpv4Header = (header: IpHeader, payloadLength: number): Buffer => {
  const bytes = Buffer.alloc(headerLength);
  bytes.writeUInt8(0x45, 0);
  bytes.writeUInt8(header.trafficClass, 1);
  bytes.writeUInt16BE(headerLength + payloadLength, 2);
  bytes.writeUInt8(header.ttl, 8);
  bytes.writeUInt8(header.protocol, 9);
  bytesOf(header.source).copy(bytes, 12);
  bytesOf(header.destination).copy(bytes, 16);
  return bytes;
};
