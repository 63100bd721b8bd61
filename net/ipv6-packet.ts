// The IPv6 header and the checksum of the protocols above it. Pure.

import { parseAddress } from './ip-address.ts';
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
  parseAddress(header.source)?.copy(bytes, 8);
  parseAddress(header.destination)?.copy(bytes, 24);
  return bytes;
};

/** The checksum of an upper-layer payload whose checksum field is zero: RFC 1071 over the pseudo-header of RFC 8200, section 8.1, and the payload. */
export const ipv6Checksum = (header: IpHeader, payload: Uint8Array): number => {
  const pseudo = Buffer.alloc(40);
  parseAddress(header.source)?.copy(pseudo, 0);
  parseAddress(header.destination)?.copy(pseudo, 16);
  pseudo.writeUInt32BE(payload.length, 32);
  pseudo.writeUInt8(header.protocol, 39);
  let sum = 0;
  for (const bytes of [pseudo, payload]) {
    for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};
