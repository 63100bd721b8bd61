import { bytesOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';
import { formatMac } from '../../net/mac-address.ts';
import {
  decodeAttributes,
  encodeAttributes,
  isMalformed,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  pack,
  readU16,
  readU32,
} from '../netlink/codec.ts';
import type { Request } from '../netlink/request.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { AF_INET, AF_INET6 } from '../system/libc.ts';

/** `asking`: no answer yet. `confirmed`: it has answered lately. `doubted`: it answered, and has not been asked since. */
export type NeighbourState = 'absent' | 'asking' | 'confirmed' | 'doubted' | 'failed';

/*
 * struct ndmsg (include/uapi/linux/neighbour.h)
 *   0        1     4       8       10      11     12
 *   | family | pad | index | state | flags | type | attributes
 */
const headerLength = 12;
const neighbourAttributes = { destination: [1, 'bytes'], mac: [2, 'bytes'] } as const;

const RTM_NEWNEIGH = 28;
const RTM_GETNEIGH = 30;
const NUD_INCOMPLETE = 0x01;
const NUD_REACHABLE = 0x02;
const NUD_PROBE = 0x10;
const NUD_FAILED = 0x20;
const NUD_NOARP = 0x40;
const NUD_PERMANENT = 0x80;
const NTF_USE = 0x01;

const payloadOf = (address: Buffer, interfaceIndex: number, state: number, flags: number): Buffer =>
  Buffer.concat([
    pack(
      ['u8', address.length === 4 ? AF_INET : AF_INET6],
      ['u8', 0],
      ['u16', 0],
      ['u32', interfaceIndex],
      ['u16', state],
      ['u8', flags],
      ['u8', 0],
    ),
    encodeAttributes(neighbourAttributes, { destination: address }),
  ]);

const stateOf = (bits: number): NeighbourState => {
  if ((bits & NUD_FAILED) !== 0) return 'failed';
  if ((bits & NUD_INCOMPLETE) !== 0) return 'asking';
  return (bits & (NUD_REACHABLE | NUD_PROBE | NUD_NOARP | NUD_PERMANENT)) !== 0 ? 'confirmed' : 'doubted';
};

/** Reads one entry. @throws KernelError */
export const readNeighbour = (netlink: NetlinkSocket, address: IpAddress, interfaceIndex: number): NeighbourState => {
  const operation = `read the neighbour ${address}`;
  const payload = payloadOf(bytesOf(address), interfaceIndex, 0, 0);
  const [result] = netlink.request([{ operation, type: RTM_GETNEIGH, payload }]);
  if (result?.ok === false && result.error.code === 'ENOENT') return 'absent';
  if (result?.ok === false) throw result.error;
  const reply = result?.replies[0];
  return reply === undefined || reply.payload.length < headerLength ? 'absent' : stateOf(readU16(reply.payload, 8));
};

/** A neighbour with a known MAC. */
export type Neighbour = { readonly interfaceIndex: number; readonly address: IpAddress; readonly mac: string };

/** Lists the neighbours of both families with a known MAC. @throws KernelError */
export const listNeighbours = (netlink: NetlinkSocket): Neighbour[] => {
  const payload = pack(['u8', 0], ['u8', 0], ['u16', 0], ['u32', 0], ['u16', 0], ['u8', 0], ['u8', 0]);
  return netlink.dump({ operation: 'list neighbours', type: RTM_GETNEIGH, payload }).flatMap(({ payload: bytes }) => {
    if (bytes.length < headerLength || (readU16(bytes, 8) & NUD_NOARP) !== 0) return [];
    const attributes = decodeAttributes(neighbourAttributes, bytes.subarray(headerLength));
    if (isMalformed(attributes)) return [];
    const { destination, mac } = attributes;
    if ((destination?.length !== 4 && destination?.length !== 16) || mac?.length !== 6) return [];
    return [{ interfaceIndex: readU32(bytes, 4), address: formatAddress(destination), mac: formatMac(mac) }];
  });
};

/**
 * Makes the kernel probe a neighbour: by a new resolution where it is unknown, by a unicast probe to its last MAC where it has
 * one. The result shows in the table. @throws KernelError
 */
export const askNeighbour = (
  netlink: NetlinkSocket,
  address: IpAddress,
  interfaceIndex: number,
  state: NeighbourState,
): void => {
  const operation = `ask the neighbour ${address}`;
  const bytes = bytesOf(address);
  const isKnown = state === 'confirmed' || state === 'doubted';
  const request: Request = {
    operation,
    type: RTM_NEWNEIGH,
    flags: NLM_F_CREATE | NLM_F_REPLACE,
    payload: payloadOf(bytes, interfaceIndex, isKnown ? NUD_PROBE : 0, isKnown ? 0 : NTF_USE),
  };
  const [result] = netlink.request([request]);
  if (result?.ok === false) throw result.error;
};
