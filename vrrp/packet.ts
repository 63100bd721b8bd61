// Encodes and decodes VRRP advertisements, versions 2 and 3 over IPv4. Pure: bytes in, values out, and bad bytes are a value too.
//
//   version 3 (RFC 9568 5.1)                      version 2 (RFC 3768 5.1)
//   0  version << 4 | type                        0  version << 4 | type
//   1  virtual router id                          1  virtual router id
//   2  priority                                   2  priority
//   3  address count                              3  address count
//   4  reserved << 12 | interval (centiseconds)   4  authentication type
//                                                 5  interval (seconds)
//   6  checksum                                   6  checksum
//   8  addresses, 4 bytes each                    8  addresses, 4 bytes each
//                                                 +  authentication data, 8 bytes

import type { ChecksumDialect } from '../config/model.ts';
import { type Milliseconds, milliseconds } from '../config/units.ts';

/** What an advertisement says. Priority 0 is the farewell of a master that leaves (RFC 9568 5.2.4). */
export type Advertisement = {
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly interval: Milliseconds;
  readonly addresses: readonly string[];
};

/** Where a packet came from and went to, as its IP header says. */
export type PacketPath = { readonly source: string; readonly destination: string; readonly ttl: number };

/** Why a received packet was not used; counted under these names. */
export const dropReasons = [
  'ttl', // not 255: it crossed a router (RFC 9568 5.1.1.3)
  'truncated', // shorter than its own fields say
  'version', // neither 2 nor 3, or not the one this router speaks
  'type', // not an advertisement
  'checksum', // in neither dialect
  'length', // longer than its own fields say
  'authentication', // a version 2 authentication type that is not in use here
  'virtual-router-id', // nobody here has this id on this interface
  'interval', // version 2 and another interval than ours (RFC 3768 7.1)
  'own-address', // sent from one of our own addresses
  'owner', // we own the addresses, so nobody else may be master (RFC 9568 7.1)
] as const;
export type DropReason = (typeof dropReasons)[number];

export type Decoded =
  | { readonly ok: true; readonly advertisement: Advertisement; readonly dialect: ChecksumDialect | undefined }
  | { readonly ok: false; readonly reason: DropReason; readonly virtualRouterId?: number };

export const vrrpProtocol = 112;
export const vrrpGroup = '224.0.0.18';
export const vrrpTtl = 255;

const advertisementType = 1;
const headerLength = 8;
const addressLength = 4;
const authenticationLength = 8;

const addressBytes = (address: string): number[] => address.split('.').map(Number);

const addressText = (bytes: Uint8Array): string => bytes.join('.');

/** Internet checksum (RFC 1071) of the given byte ranges, the last of which may have an odd length. */
export const internetChecksum = (...ranges: readonly Uint8Array[]): number => {
  let sum = 0;
  for (const bytes of ranges) {
    for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

/** The IPv4 pseudo-header that RFC 5798 5.2.8 sums before the message and RFC 9568 5.2.8 does not. */
const pseudoHeader = (path: Pick<PacketPath, 'source' | 'destination'>, length: number): Uint8Array =>
  Uint8Array.from([
    ...addressBytes(path.source),
    ...addressBytes(path.destination),
    0,
    vrrpProtocol,
    length >> 8,
    length & 0xff,
  ]);

/**
 * Encodes an advertisement.
 * The interval goes out in whole centiseconds (version 3) or seconds (version 2); the configuration admits no others.
 * @param path the addresses of the IP header, which the rfc5798 dialect's checksum covers.
 */
export const encodeAdvertisement = (
  advertisement: Advertisement,
  path: Pick<PacketPath, 'source' | 'destination'>,
  dialect: ChecksumDialect,
): Uint8Array => {
  const { version, virtualRouterId, priority, interval, addresses } = advertisement;
  const trailer = version === 2 ? authenticationLength : 0;
  const bytes = new Uint8Array(headerLength + addresses.length * addressLength + trailer);
  const view = new DataView(bytes.buffer);
  bytes.set([(version << 4) | advertisementType, virtualRouterId, priority, addresses.length]);
  view.setUint16(4, version === 2 ? Math.round(interval / 1000) : Math.round(interval / 10));
  for (const [i, address] of addresses.entries()) bytes.set(addressBytes(address), headerLength + i * addressLength);
  const covered = version === 3 && dialect === 'rfc5798' ? [pseudoHeader(path, bytes.length)] : [];
  view.setUint16(6, internetChecksum(...covered, bytes));
  return bytes;
};

/** Which checksum dialect the bytes satisfy; `none` when they satisfy neither. Version 2 knows no dialects. */
const checksumDialect = (
  bytes: Uint8Array,
  version: 2 | 3,
  path: PacketPath,
): ChecksumDialect | 'version 2' | 'none' => {
  const alone = internetChecksum(bytes) === 0;
  if (version === 2) return alone ? 'version 2' : 'none';
  if (internetChecksum(pseudoHeader(path, bytes.length), bytes) === 0) return 'rfc5798';
  return alone ? 'rfc9568' : 'none';
};

/**
 * Decodes the payload of an IPv4 packet of protocol 112, checking it in the order of RFC 9568 7.1.
 * Never throws; what is wrong with the bytes comes back as a {@link DropReason}.
 */
export const decodeAdvertisement = (bytes: Uint8Array, path: PacketPath): Decoded => {
  if (path.ttl !== vrrpTtl) return { ok: false, reason: 'ttl' };
  const [first = 0, virtualRouterId = 0, priority = 0, count = 0, authenticationType = 0] = bytes;
  if (bytes.length < headerLength) return { ok: false, reason: 'truncated' };
  const drop = (reason: DropReason): Decoded => ({ ok: false, reason, virtualRouterId });
  const version = first >> 4;
  if (version !== 2 && version !== 3) return drop('version');
  if ((first & 0x0f) !== advertisementType) return drop('type');
  const length = headerLength + count * addressLength + (version === 2 ? authenticationLength : 0);
  if (bytes.length < length) return drop('truncated');
  const dialect = checksumDialect(bytes.subarray(0, length), version, path);
  if (dialect === 'none') return drop('checksum');
  if (bytes.length > length) return drop('length');
  if (version === 2 && authenticationType !== 0) return drop('authentication');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const interval = version === 2 ? view.getUint8(5) * 1000 : (view.getUint16(4) & 0x0fff) * 10;
  const addresses = Array.from({ length: count }, (_, i) => {
    const at = headerLength + i * addressLength;
    return addressText(bytes.subarray(at, at + addressLength));
  });
  return {
    ok: true,
    advertisement: { version, virtualRouterId, priority, interval: milliseconds(interval), addresses },
    dialect: dialect === 'version 2' ? undefined : dialect,
  };
};
