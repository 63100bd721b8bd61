// The authentication trailer of an advertisement: HMAC-SHA256 and a sequence of time, byte for byte keepalived's auth_hmac. Pure.
//
//   0  kind (1)       2  zeros          8  fraction of a second, 1/65536    12  HMAC-SHA256, its first 16 bytes
//   1  key id         4  UTC seconds   10  counter
//
// The HMAC covers a pseudo-header (family, version, virtual router id, zero, source padded to 16 bytes), the message with
// its checksum field as zeros, and the trailer with its own field as zeros. Destination and TTL are not covered.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import type { DropReason } from './drop-reason.ts';

export const trailerLength = 28;
/** Bounds of a key's length in bytes. */
export const keyBounds = { min: 32, max: 64 } as const;

export type Key = { readonly id: number; readonly secret: Uint8Array };

const kind = 1;
const prefixLength = 12;
const macLength = 16;

/** A sender's sequence: seconds << 32 | fraction << 16 | counter. */
export type Sequence = bigint;

const secondsOf = (sequence: Sequence): bigint => sequence >> 32n;

/** The sequence of a wall time in milliseconds since the epoch. */
const sequenceOf = (wall: number): Sequence =>
  (BigInt(Math.floor(wall / 1000) % 2 ** 32) << 32n) | (BigInt(Math.floor(((wall % 1000) * 65_536) / 1000)) << 16n);

/** Serial number arithmetic (RFC 1982) over 64 bits: whether `one` comes after `other`. */
const isAfter = (one: Sequence, other: Sequence): boolean => BigInt.asIntN(64, one - other) > 0n;

/** How many seconds `one` is ahead of `other`. */
const secondsAhead = (one: Sequence, other: Sequence): number =>
  Number(BigInt.asIntN(32, secondsOf(one) - secondsOf(other)));

/**
 * The next sequence of a sender: the current time, or one above the last. A last one further ahead than receivers accept
 * comes from a clock that was corrected since, and is ignored.
 * @param wall milliseconds since the epoch.
 * @param window seconds.
 */
export const nextSequence = (last: Sequence | undefined, wall: number, window: number): Sequence => {
  const now = sequenceOf(wall);
  const isStranded = last !== undefined && secondsAhead(last, now) > window;
  return last === undefined || isStranded || isAfter(now, last) ? now : BigInt.asUintN(64, last + 1n);
};

const macOf = (key: Key, message: Uint8Array, prefix: Uint8Array, source: IpAddress): Buffer => {
  const address = bytesOf(source);
  const pseudo = Buffer.alloc(20);
  pseudo.set([address.length === 16 ? 6 : 4, (message[0] ?? 0) >> 4, message[1] ?? 0, 0, ...address]);
  const hmac = createHmac('sha256', key.secret);
  for (const part of [pseudo, message.subarray(0, 6), Buffer.alloc(2), message.subarray(8), prefix]) hmac.update(part);
  return hmac.update(Buffer.alloc(macLength)).digest().subarray(0, macLength);
};

/** Makes the trailer for a message; its checksum field does not matter. */
export const sealMessage = (message: Uint8Array, source: IpAddress, key: Key, sequence: Sequence): Uint8Array => {
  const prefix = Buffer.alloc(prefixLength);
  prefix.set([kind, key.id]);
  prefix.writeBigUInt64BE(sequence, 4);
  return Buffer.concat([prefix, macOf(key, message, prefix, source)]);
};

/** Whether bytes behind a message are a trailer of this kind, by whatever key. */
export const isTrailer = (bytes: Uint8Array): boolean =>
  bytes.length === trailerLength && bytes[0] === kind && bytes[2] === 0 && bytes[3] === 0;

/**
 * Checks the trailer of a message, the time before the HMAC, so that a flood of old packets costs no digests.
 * @param wall milliseconds since the epoch.
 * @param window seconds, both ways.
 * @returns the sequence, still to be checked for a replay, or why the packet is dropped.
 */
export const verifyTrailer = (
  message: Uint8Array,
  trailer: Uint8Array,
  source: IpAddress,
  keys: readonly Key[],
  wall: number,
  window: number,
): Sequence | DropReason => {
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.length);
  if (!isTrailer(trailer)) return 'authentication-malformed';
  const sequence = view.getBigUint64(4);
  if (Math.abs(secondsAhead(sequence, sequenceOf(wall))) > window) return 'authentication-stale';
  const key = keys.find(({ id }) => id === view.getUint8(1));
  if (key === undefined) return 'authentication-key';
  const mac = macOf(key, message, trailer.subarray(0, prefixLength), source);
  return timingSafeEqual(mac, trailer.subarray(prefixLength)) ? sequence : 'authentication-failed';
};

/** The last sequence of each sender, the least recently heard first. */
export type ReplayMarks = ReadonlyMap<string, Sequence>;

/** Most senders remembered; more than one advertise only while they contend. */
const markLimit = 16;

/**
 * Accepts a verified sequence of a sender, unless it was heard before. A mark outside the window orders only packets that the
 * window already refuses; it is ignored, so that a sender whose clock was corrected is accepted again.
 * @returns the new marks; undefined for a replay.
 */
export const admitSequence = (
  marks: ReplayMarks,
  sender: string,
  sequence: Sequence,
  wall: number,
  window: number,
): ReplayMarks | undefined => {
  const mark = marks.get(sender);
  const counts = mark !== undefined && Math.abs(secondsAhead(mark, sequenceOf(wall))) <= window;
  if (counts && !isAfter(sequence, mark)) return undefined;
  const others = [...marks].filter(([name]) => name !== sender);
  return new Map([...others.slice(-(markLimit - 1)), [sender, sequence]]);
};
