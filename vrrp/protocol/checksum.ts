// The checksums of VRRP: RFC 1071 over the message, with or without a pseudo-header before it. Pure.

import type { ChecksumDialect } from '../../config/model/model.ts';
import { parseAddress } from '../../net/ip-address.ts';

/** The addresses of a packet's IP header. */
export type Endpoints = { readonly source: string; readonly destination: string };

export const vrrpProtocol = 112;

/** Internet checksum (RFC 1071) of the given byte ranges, each but the last of even length. */
export const internetChecksum = (...ranges: readonly Uint8Array[]): number => {
  let sum = 0;
  for (const bytes of ranges) {
    for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

/** The pseudo-header: of IPv4 in RFC 5798 5.2.8 alone, of IPv6 in RFC 9568 5.2.8 too (RFC 8200 8.1). */
const pseudoHeader = ({ source, destination }: Endpoints, length: number): Uint8Array => {
  const from = parseAddress(source) ?? Buffer.alloc(4);
  const to = parseAddress(destination) ?? Buffer.alloc(4);
  const rest =
    from.length === 4
      ? [0, vrrpProtocol, length >> 8, length & 0xff]
      : [0, 0, length >> 8, length & 0xff, 0, 0, 0, vrrpProtocol];
  return Buffer.concat([from, to, Buffer.from(rest)]);
};

/**
 * The checksum of a message whose checksum field is zero.
 * @param trailer the authentication behind it, which the checksum of IPv6 covers, as the kernel's would, and IPv4's does not.
 */
export const checksumOf = (
  message: Uint8Array,
  trailer: Uint8Array,
  endpoints: Endpoints,
  dialect: ChecksumDialect,
): number => {
  if (endpoints.source.includes(':')) {
    const whole = [message, trailer];
    return internetChecksum(pseudoHeader(endpoints, message.length + trailer.length), ...whole);
  }
  const isVersion3 = (message[0] ?? 0) >> 4 === 3;
  return isVersion3 && dialect === 'rfc5798'
    ? internetChecksum(pseudoHeader(endpoints, message.length), message)
    : internetChecksum(message);
};

/** Which dialects the checksum in a message satisfies; version 2 and IPv6 know only one, which goes by no name. */
export const judgeChecksum = (
  message: Uint8Array,
  trailer: Uint8Array,
  endpoints: Endpoints,
): ChecksumDialect | 'only' | 'wrong' => {
  const isRight = (dialect: ChecksumDialect): boolean => checksumOf(message, trailer, endpoints, dialect) === 0;
  if (endpoints.source.includes(':') || (message[0] ?? 0) >> 4 !== 3) return isRight('rfc9568') ? 'only' : 'wrong';
  if (isRight('rfc5798')) return 'rfc5798';
  return isRight('rfc9568') ? 'rfc9568' : 'wrong';
};
