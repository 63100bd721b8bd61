// Programs for the kernel's socket filter (Documentation/networking/filter.rst): only frames that claim certain addresses wake
// this process. Pure. Offsets count from the Ethernet header.

import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import { pack } from '../netlink/codec.ts';

const loadWord = 0x20;
const loadByte = 0x30;
const jumpIfEqual = 0x15;
const give = 0x06;
const whole = 0xffff_ffff;
/** BPF_MAXINSNS. */
const mostInstructions = 4096;

/** struct sock_filter: code, jump if true, jump if false, constant. */
const instruction = (code: number, constant: number, ifTrue = 0, ifFalse = 0): Buffer =>
  pack(['u16', code], ['u8', ifTrue], ['u8', ifFalse], ['u32', constant >>> 0]);

const returnZero = instruction(give, 0);
const returnWhole = instruction(give, whole);

const lastWordOf = (address: IpAddress): number => {
  const bytes = bytesOf(address);
  return bytes.readUInt32BE(bytes.length - 4);
};

/** Accepts a frame whose word at an offset is one of these; accepts all frames where there are too many words. */
const passWords = (offset: number, words: readonly number[], before: readonly Buffer[]): Buffer => {
  const tests = words.flatMap((word) => [instruction(jumpIfEqual, word, 0, 1), returnWhole]);
  const program = [...before, instruction(loadWord, offset), ...tests, returnZero];
  return Buffer.concat(program.length <= mostInstructions ? program : [...before, returnWhole]);
};

/** ARP frames whose sender claims one of these IPv4 addresses. */
export const arpClaimFilter = (addresses: readonly IpAddress[]): Buffer =>
  passWords(14 + 14, addresses.map(lastWordOf), []);

/** Neighbour advertisements for one of these IPv6 addresses, or for another with the same last bytes. */
export const neighbourClaimFilter = (addresses: readonly IpAddress[]): Buffer =>
  passWords(14 + 60, addresses.map(lastWordOf), [
    // ICMPv6 directly behind the IPv6 header, of type 136.
    instruction(loadByte, 14 + 6),
    instruction(jumpIfEqual, 58, 1, 0),
    returnZero,
    instruction(loadByte, 14 + 40),
    instruction(jumpIfEqual, 136, 1, 0),
    returnZero,
  ]);
