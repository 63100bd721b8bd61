// The Internet checksum (RFC 1071), and the pseudo-header that many protocols add to it. Pure.

import { bytesOf, familyOf, type IpAddress } from './ip-address.ts';

/** The checksum over all ranges as one; 0 if they contain their own right checksum. */
export const internetChecksum = (...ranges: readonly Uint8Array[]): number => {
  let sum = 0;
  let isLow = false;
  for (const bytes of ranges) {
    for (const byte of bytes) {
      sum += isLow ? byte : byte << 8;
      isLow = !isLow;
    }
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

/** The addresses of a packet's IP header; both are of one family. */
export type Endpoints = { readonly source: IpAddress; readonly destination: IpAddress };

/** IPv4: RFC 793, section 3.1. IPv6: RFC 8200, section 8.1. */
export const pseudoHeader = ({ source, destination }: Endpoints, protocol: number, length: number): Buffer => {
  const isIpv4 = familyOf(source) === 'ipv4';
  const tail = Buffer.alloc(isIpv4 ? 4 : 8);
  tail.writeUInt8(protocol, isIpv4 ? 1 : 7);
  if (isIpv4) tail.writeUInt16BE(length, 2);
  else tail.writeUInt32BE(length, 0);
  return Buffer.concat([bytesOf(source), bytesOf(destination), tail]);
};
