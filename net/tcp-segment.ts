// TCP segments of half-open probes: the SYN with its IP header, and what answers it. Pure.

import type { Endpoints } from './checksum.ts';
import { internetChecksum, pseudoHeader } from './checksum.ts';
import { familyOf } from './ip-address.ts';
import { encodeIpv4Header, type IpHeader } from './ipv4-packet.ts';
import { encodeIpv6Header } from './ipv6-packet.ts';

const protocol = 6;
const headerLength = 24;
const hopLimit = 64;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
const window = 64_240;
/** The largest segment that every path takes: RFC 9293, section 3.7.1. */
const segmentLimits = { ipv4: 536, ipv6: 1220 } as const;

export type SynFields = Endpoints & {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
};

/*
 * RFC 9293, section 3.1
 *   0             2                  4          8                 12       13      14       16         18       20
 *   | source port | destination port | sequence | acknowledgement | offset | flags | window | checksum | urgent | options |
 */
/** A SYN in its IP packet, of 44 bytes over IPv4 and 64 over IPv6. */
export const encodeSyn = ({ source, destination, ...fields }: SynFields): Buffer => {
  const family = familyOf(destination);
  const segment = Buffer.alloc(headerLength);
  segment.writeUInt16BE(fields.sourcePort, 0);
  segment.writeUInt16BE(fields.destinationPort, 2);
  segment.writeUInt32BE(fields.sequence, 4);
  segment.writeUInt8((headerLength / 4) << 4, 12);
  segment.writeUInt8(SYN, 13);
  segment.writeUInt16BE(window, 14);
  segment.writeUInt16BE(0x0204, 20);
  segment.writeUInt16BE(segmentLimits[family], 22);
  segment.writeUInt16BE(internetChecksum(pseudoHeader({ source, destination }, protocol, segment.length), segment), 16);
  const header: IpHeader = { source, destination, ttl: hopLimit, protocol, trafficClass: 0 };
  return Buffer.concat([(family === 'ipv4' ? encodeIpv4Header : encodeIpv6Header)(header, segment.length), segment]);
};

/** Writes other ports and another sequence number into a SYN, and corrects its checksum (RFC 1624). */
export const redirectSyn = (packet: Buffer, sourcePort: number, sequence: number): void => {
  const at = packet.length - headerLength;
  let sum = ~packet.readUInt16BE(at + 16) & 0xffff;
  for (const offset of [0, 4, 6]) sum += ~packet.readUInt16BE(at + offset) & 0xffff;
  packet.writeUInt16BE(sourcePort, at);
  packet.writeUInt32BE(sequence, at + 4);
  sum += sourcePort + (sequence >>> 16) + (sequence & 0xffff);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  packet.writeUInt16BE(~sum & 0xffff, at + 16);
};

export type SynAnswer = {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The sequence number of the SYN that it answers. */
  readonly sequence: number;
  readonly isOpen: boolean;
};

/** Decodes a segment that opens or refuses a connection; undefined for any other. @param at where it begins */
export const decodeSynAnswer = (bytes: Buffer, at: number): SynAnswer | undefined => {
  if (bytes.length < at + 20) return undefined;
  const flags = bytes.readUInt8(at + 13);
  const isReset = (flags & RST) !== 0;
  if ((flags & ACK) === 0 || (!isReset && (flags & SYN) === 0)) return undefined;
  return {
    sourcePort: bytes.readUInt16BE(at),
    destinationPort: bytes.readUInt16BE(at + 2),
    sequence: (bytes.readUInt32BE(at + 8) - 1) >>> 0,
    isOpen: !isReset,
  };
};
