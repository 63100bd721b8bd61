// Encodes and decodes BFD control packets. Pure; bad bytes give a named reason.
//
//   RFC 5880 4.1
//   0   version << 5 | diagnostic
//   1   state << 6 | poll 20 | final 10 | control plane independent 08 | authentication 04 | demand 02 | multipoint 01
//   2   detection multiplier
//   3   length
//   4   my discriminator
//   8   your discriminator
//   12  desired minimum transmission interval, microseconds
//   16  required minimum reception interval, microseconds
//   20  required minimum echo reception interval, microseconds

import { type Milliseconds, milliseconds } from '../../base/units.ts';

/** In the order of their codes (RFC 5880 4.1). */
export const sessionStates = ['admin-down', 'down', 'init', 'up'] as const;
export type SessionStateName = (typeof sessionStates)[number];

/** Why a session left the state up, by code (RFC 5880 4.1). */
export const diagnostics = [
  'none',
  'detection time expired',
  'echo function failed',
  'neighbour signaled session down',
  'forwarding plane reset',
  'path down',
  'concatenated path down',
  'administratively down',
  'reverse concatenated path down',
] as const;
export type Diagnostic = (typeof diagnostics)[number];

export type ControlPacket = {
  readonly state: SessionStateName;
  readonly diagnostic: Diagnostic;
  readonly poll: boolean;
  readonly final: boolean;
  readonly multiplier: number;
  readonly myDiscriminator: number;
  readonly yourDiscriminator: number;
  readonly minTx: Milliseconds;
  /** 0: the sender wants no periodic packets. */
  readonly minRx: Milliseconds;
};

/** Why a packet was dropped (RFC 5880 6.8.6, RFC 5881 5). */
export type ControlDropReason =
  | 'ttl'
  | 'truncated'
  | 'version'
  | 'length'
  | 'multiplier'
  | 'multipoint'
  | 'my-discriminator'
  | 'your-discriminator'
  | 'authentication';

const version = 1;
const packetLength = 24;
const flags = { poll: 0x20, final: 0x10, authentication: 0x04, multipoint: 0x01 } as const;

const microseconds = (span: Milliseconds): number => Math.min(0xffff_ffff, Math.round(span * 1000));

/** Encodes a packet; this end uses no echo, authentication or demand mode. */
export const encodeControl = (packet: ControlPacket): Buffer => {
  const bytes = Buffer.alloc(packetLength);
  bytes[0] = (version << 5) | diagnostics.indexOf(packet.diagnostic);
  bytes[1] =
    (sessionStates.indexOf(packet.state) << 6) | (packet.poll ? flags.poll : 0) | (packet.final ? flags.final : 0);
  bytes[2] = packet.multiplier;
  bytes[3] = packetLength;
  bytes.writeUInt32BE(packet.myDiscriminator, 4);
  bytes.writeUInt32BE(packet.yourDiscriminator, 8);
  bytes.writeUInt32BE(microseconds(packet.minTx), 12);
  bytes.writeUInt32BE(microseconds(packet.minRx), 16);
  return bytes;
};

/** Decodes the payload of a UDP datagram. Never throws. */
export const decodeControl = (bytes: Uint8Array): ControlPacket | ControlDropReason => {
  if (bytes.length < packetLength) return 'truncated';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [first = 0, second = 0, multiplier = 0, length = 0] = bytes;
  if (first >> 5 !== version) return 'version';
  if (length < packetLength || length > bytes.length) return 'length';
  if (multiplier === 0) return 'multiplier';
  if ((second & flags.multipoint) !== 0) return 'multipoint';
  const myDiscriminator = view.getUint32(4);
  if (myDiscriminator === 0) return 'my-discriminator';
  const yourDiscriminator = view.getUint32(8);
  const state = sessionStates[second >> 6] ?? 'down';
  if (yourDiscriminator === 0 && state !== 'down' && state !== 'admin-down') return 'your-discriminator';
  if ((second & flags.authentication) !== 0) return 'authentication';
  return {
    state,
    // Unassigned codes have no known meaning.
    diagnostic: diagnostics[first & 0x1f] ?? 'none',
    poll: (second & flags.poll) !== 0,
    final: (second & flags.final) !== 0,
    multiplier,
    myDiscriminator,
    yourDiscriminator,
    minTx: milliseconds(view.getUint32(12) / 1000),
    minRx: milliseconds(view.getUint32(16) / 1000),
  };
};
