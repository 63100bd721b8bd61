// ICMP echo requests and replies, of both families. Pure.

import { internetChecksum } from './checksum.ts';

/*
 * RFC 792, page 14; RFC 4443, section 4.1
 *   0      1      2          4            6          8
 *   | type | code | checksum | identifier | sequence | data |
 */
export type Echo = { readonly identifier: number; readonly sequence: number; readonly data: Buffer };

const types = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;

const encode = (family: 4 | 6, type: number, { identifier, sequence, data }: Echo): Buffer => {
  const bytes = Buffer.concat([Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]), data]);
  bytes.writeUInt16BE(identifier, 4);
  bytes.writeUInt16BE(sequence, 6);
  // ICMPv6's checksum covers the addresses, so the kernel fills it in (RFC 3542, section 3.1).
  if (family === 4) bytes.writeUInt16BE(internetChecksum(bytes), 2);
  return bytes;
};

export const encodeEchoRequest = (family: 4 | 6, echo: Echo): Buffer => encode(family, types[family].request, echo);

export const encodeEchoReply = (family: 4 | 6, echo: Echo): Buffer => encode(family, types[family].reply, echo);

const decode = (type: number, bytes: Buffer): Echo | undefined =>
  bytes.length < 8 || bytes[0] !== type || bytes[1] !== 0
    ? undefined
    : { identifier: bytes.readUInt16BE(4), sequence: bytes.readUInt16BE(6), data: Buffer.from(bytes.subarray(8)) };

/** Undefined for anything but a reply; the kernel has verified the checksum. */
export const decodeEchoReply = (family: 4 | 6, bytes: Buffer): Echo | undefined => decode(types[family].reply, bytes);

export const decodeEchoRequest = (family: 4 | 6, bytes: Buffer): Echo | undefined =>
  decode(types[family].request, bytes);
