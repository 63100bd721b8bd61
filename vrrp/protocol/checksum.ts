// The checksums of VRRP: RFC 1071 over the message, with or without a pseudo-header. Pure.

import type { ChecksumDialect } from '../../config/model/model.ts';
import { type Endpoints, internetChecksum, pseudoHeader } from '../../net/checksum.ts';

const vrrpProtocol = 112;

/**
 * The checksum of a message whose checksum field is zero.
 * @param trailer the authentication trailer: over IPv6 the checksum covers it, as the kernel's would; over IPv4 it does not.
 */
export const checksumOf = (
  message: Uint8Array,
  trailer: Uint8Array,
  endpoints: Endpoints,
  dialect: ChecksumDialect,
): number => {
  if (endpoints.source.includes(':')) {
    const whole = [message, trailer];
    return internetChecksum(pseudoHeader(endpoints, vrrpProtocol, message.length + trailer.length), ...whole);
  }
  const isVersion3 = (message[0] ?? 0) >> 4 === 3;
  return isVersion3 && dialect === 'rfc5798'
    ? internetChecksum(pseudoHeader(endpoints, vrrpProtocol, message.length), message)
    : internetChecksum(message);
};

/** The dialect of a message's checksum; version 2 and IPv6 have only one, without a name. */
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
