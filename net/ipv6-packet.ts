// The IPv6 header and the checksum of the protocols above it. Pure.

import { internetChecksum, pseudoHeader } from './checksum.ts';
import { bytesOf } from './ip-address.ts';
import type { IpHeader } from './ipv4-packet.ts';

const headerLength = 40;

/*
 * RFC 8200, section 3
 *   0                                      4                6             7           8        24            40
 *   | version, traffic class, flow label   | payload length | next header | hop limit | source | destination |
 */
/** The header of a packet without extension headers. */
export const encodeIpv6Header = (header: IpHeader, payloadLength: number): Buffer => {
  const bytes = Buffer.alloc(headerLength);
  bytes.writeUInt32BE(((6 << 28) | (header.trafficClass << 20)) >>> 0, 0);
  bytes.writeUInt16BE(payloadLength, 4);
  bytes.writeUInt8(header.protocol, 6);
  bytes.writeUInt8(header.ttl, 7);
  bytesOf(header.source).copy(bytes, 8);
  bytesOf(header.destination).copy(bytes, 24);
  return bytes;
};

/** The checksum of an upper-layer payload whose checksum field is zero (RFC 8200, section 8.1). */
export const ipv6Checksum = (header: IpHeader, payload: Uint8Array): number =>
  internetChecksum(pseudoHeader(header, header.protocol, payload.length), payload);
