// A program for the kernel's socket filter: of all TCP that this host receives, only answers to SYNs from certain ports. Pure.

import { pack } from '../netlink/codec.ts';

const loadByteAt = 0x30;
const loadHalfAt = 0x28;
/** X = the length of the IPv4 header at this offset. */
const loadHeaderLength = 0xb1;
const loadByteBehind = 0x50;
const loadHalfBehind = 0x48;
const mask = 0x54;
const jumpIfEqual = 0x15;
const jumpIfSet = 0x45;
const give = 0x06;

/** struct sock_filter: code, jump if true, jump if false, constant. */
const instruction = (code: number, constant: number, ifTrue = 0, ifFalse = 0): Buffer =>
  pack(['u16', code], ['u8', ifTrue], ['u8', ifFalse], ['u32', constant]);

const drop = instruction(give, 0);
const pass = instruction(give, 0xffff_ffff);
const SYN_ACK = 0x12;
const RST = 0x04;

/**
 * Passes segments to one of `ports` that acknowledge a SYN, or reset.
 * @param family a raw socket's packets begin with their IP header over IPv4, and with that of TCP over IPv6
 */
export const synAnswerFilter = (family: 4 | 6, ports: readonly number[]): Buffer => {
  const [loadHalf, loadByte] = family === 4 ? [loadHalfBehind, loadByteBehind] : [loadHalfAt, loadByteAt];
  // Fragments but the first have no TCP header.
  const start =
    family === 4
      ? [instruction(loadHalfAt, 6), instruction(jumpIfSet, 0x1fff, 0, 1), drop, instruction(loadHeaderLength, 0)]
      : [];
  return Buffer.concat([
    ...start,
    instruction(loadHalf, 2),
    ...ports.map((port, index) => instruction(jumpIfEqual, port, ports.length - index, 0)),
    drop,
    instruction(loadByte, 13),
    instruction(jumpIfSet, RST, 2, 0),
    instruction(mask, SYN_ACK),
    instruction(jumpIfEqual, SYN_ACK, 0, 1),
    pass,
    drop,
  ]);
};
