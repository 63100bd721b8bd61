// Encodes and decodes VRRP advertisements, versions 2 and 3 over IPv4 and 3 over IPv6. Pure; bad bytes give a named reason.
//
//   version 3 (RFC 9568 5.1)                      version 2 (RFC 3768 5.1)
//   0  version << 4 | type                        0  version << 4 | type
//   1  virtual router id                          1  virtual router id
//   2  priority                                   2  priority
//   3  address count                              3  address count
//   4  reserved << 12 | interval (centiseconds)   4  authentication type
//                                                 5  interval (seconds)
//   6  checksum                                   6  checksum
//   8  addresses, 4 or 16 bytes each              8  addresses, 4 bytes each
//                                                 +  authentication data, 8 bytes
//   +  authentication trailer, 28 bytes, if any (trailer.ts)

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import type { ChecksumDialect } from '../../config/model/model.ts';
import type { Endpoints } from '../../net/checksum.ts';
import { bytesOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';
import { checksumOf, judgeChecksum } from './checksum.ts';
import type { DropReason } from './drop-reason.ts';
import { trailerLength } from './trailer.ts';

/** The fields of an advertisement. Priority 0 is the farewell of a leaving master (RFC 9568 5.2.4). */
export type Advertisement = {
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly interval: Milliseconds;
  readonly addresses: readonly IpAddress[];
};

/** Source, destination and TTL of a packet's IP header. */
export type PacketHeader = Endpoints & { readonly ttl: number };

/** A well-formed packet, with the parts that are still to be judged. */
export type Packet = {
  readonly advertisement: Advertisement;
  readonly dialect: ChecksumDialect | undefined;
  /** Version 2: the type of authentication, and its eight bytes. */
  readonly authentication: { readonly type: number; readonly data: Uint8Array } | undefined;
  /** The message without its trailer. */
  readonly message: Uint8Array;
  readonly trailer: Uint8Array | undefined;
};

export type Decoded =
  | ({ readonly ok: true } & Packet)
  | { readonly ok: false; readonly reason: DropReason; readonly virtualRouterId?: number };

export type EncodeOptions = {
  readonly dialect: ChecksumDialect;
  /** Version 2: a password of at most eight bytes (RFC 2338 5.3.6). */
  readonly password?: string | undefined;
  /** Makes the trailer for a message whose checksum is not yet written. */
  readonly seal?: ((message: Uint8Array) => Uint8Array) | undefined;
};

export const simplePassword = 1;

const advertisementType = 1;
const headerLength = 8;
const authenticationLength = 8;
const nothing = new Uint8Array();

const addressLengthOf = (source: IpAddress): number => (source.includes(':') ? 16 : 4);

/** A password in a version 2 packet: eight bytes, cut or filled with zeros. */
export const passwordBytes = (password: string): Uint8Array => {
  const bytes = Buffer.alloc(authenticationLength);
  bytes.write(password, 'utf8');
  return bytes;
};

/**
 * Encodes an advertisement; its addresses are of the family of the endpoints.
 * The interval is sent in whole centiseconds (version 3) or seconds (version 2); the configuration allows no others.
 * @param endpoints the addresses of the IP header, which most checksums cover.
 */
export const encodeAdvertisement = (
  advertisement: Advertisement,
  endpoints: Endpoints,
  { dialect, password, seal }: EncodeOptions,
): Uint8Array => {
  const { version, virtualRouterId, priority, interval, addresses } = advertisement;
  const addressLength = addressLengthOf(endpoints.source);
  const authentication = version === 2 ? passwordBytes(password ?? '') : nothing;
  const message = new Uint8Array(headerLength + addresses.length * addressLength + authentication.length);
  const view = new DataView(message.buffer);
  message.set([(version << 4) | advertisementType, virtualRouterId, priority, addresses.length]);
  if (version === 2) message.set([password === undefined ? 0 : simplePassword, Math.round(interval / 1000)], 4);
  else view.setUint16(4, Math.round(interval / 10));
  for (const [i, address] of addresses.entries()) message.set(bytesOf(address), headerLength + i * addressLength);
  // RFC 2338 5.3.8 and 5.3.10: the checksum covers the authentication data, as in every implementation.
  message.set(authentication, message.length - authentication.length);
  const trailer = seal?.(message) ?? nothing;
  view.setUint16(6, checksumOf(message, trailer, endpoints, dialect));
  return trailer.length === 0 ? message : Buffer.concat([message, trailer]);
};

/** The virtual router id in a packet; undefined if the packet is too short. */
export const virtualRouterIdOf = (bytes: Uint8Array): number | undefined =>
  bytes.length < headerLength ? undefined : bytes[1];

/**
 * Decodes the payload of a packet of protocol 112, with all checks that need only its own bytes (RFC 9568 7.1).
 * Never throws; bad bytes give a {@link DropReason}.
 */
export const decodeAdvertisement = (bytes: Uint8Array, endpoints: Endpoints): Decoded => {
  const [first = 0, virtualRouterId = 0, priority = 0, count = 0, authenticationType = 0] = bytes;
  if (bytes.length < headerLength) return { ok: false, reason: 'truncated' };
  const drop = (reason: DropReason): Decoded => ({ ok: false, reason, virtualRouterId });
  const version = first >> 4;
  const addressLength = addressLengthOf(endpoints.source);
  // There is no version 2 over IPv6.
  if (version !== 3 && (version !== 2 || addressLength === 16)) return drop('version');
  if ((first & 0x0f) !== advertisementType) return drop('type');
  const addressesEnd = headerLength + count * addressLength;
  const length = addressesEnd + (version === 2 ? authenticationLength : 0);
  if (bytes.length < length) return drop('truncated');
  const message = bytes.subarray(0, length);
  const hasTrailer = bytes.length === length + trailerLength;
  const trailer = hasTrailer ? bytes.subarray(length) : undefined;
  if (bytes.length > length && !hasTrailer) return drop('length');
  const dialect = judgeChecksum(message, trailer ?? nothing, endpoints);
  if (dialect === 'wrong') return drop('checksum');
  // RFC 9568 5.2.5.
  if (version === 3 && count === 0) return drop('address-list');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const interval = version === 2 ? view.getUint8(5) * 1000 : (view.getUint16(4) & 0x0fff) * 10;
  // Erratum 8301: a backup that learned this interval would count every master as dead at once.
  if (interval === 0) return drop('interval');
  const addresses = Array.from({ length: count }, (_, i) => {
    const at = headerLength + i * addressLength;
    return formatAddress(bytes.subarray(at, at + addressLength));
  });
  return {
    ok: true,
    advertisement: { version, virtualRouterId, priority, interval: milliseconds(interval), addresses },
    dialect: dialect === 'only' ? undefined : dialect,
    authentication: version === 2 ? { type: authenticationType, data: message.subarray(addressesEnd) } : undefined,
    message,
    trailer,
  };
};
