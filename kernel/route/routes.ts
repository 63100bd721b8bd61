// The main routing table: its prefixes, and the interface towards an address.

import { constants } from 'node:os';
import { bytesOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';
import { decodeAttributes, encodeAttributes, isMalformed, type Message, pack, readU32 } from '../netlink/codec.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { kernelError } from '../system/error.ts';
import { AF_INET, AF_INET6 } from '../system/libc.ts';

export type Route = {
  /** Such as `192.0.2.0/24`; the default routes are `0.0.0.0/0` and `::/0`. */
  readonly destination: string;
  /** Whether its interface has a carrier. */
  readonly alive: boolean;
};

/*
 * struct rtmsg (include/uapi/linux/rtnetlink.h)
 *   0        1                   2               3     4       5          6       7      8       12
 *   | family | destination bits  | source bits   | tos | table | protocol | scope | type | flags | attributes
 */
const headerLength = 12;
const routeAttributes = { destination: [1, 'bytes'], outgoing: [4, 'u32'], table: [15, 'u32'] } as const;

const RTM_GETROUTE = 26;
const RT_TABLE_MAIN = 254;
const RTN_UNICAST = 1;
const RTNH_F_DEAD = 0x1;
const RTNH_F_LINKDOWN = 0x10;
const RTM_F_CLONED = 0x200;

const header = (family: number, bits: number): Buffer =>
  pack(['u8', family], ['u8', bits], ['u8', 0], ['u8', 0], ['u8', 0], ['u8', 0], ['u8', 0], ['u8', 0], ['u32', 0]);

/** Decodes an RTM_NEWROUTE message; undefined unless it is a unicast route of the main table. */
const decodeRoute = ({ payload }: Pick<Message, 'payload'>): Route | undefined => {
  if (payload.length < headerLength) return undefined;
  const attributes = decodeAttributes(routeAttributes, payload.subarray(headerLength));
  if (isMalformed(attributes)) return undefined;
  const [family, bits, , , table, , , type] = payload;
  const flags = readU32(payload, 8);
  const isWanted =
    (attributes.table ?? table) === RT_TABLE_MAIN && type === RTN_UNICAST && (flags & RTM_F_CLONED) === 0;
  if (!isWanted || (family !== AF_INET && family !== AF_INET6)) return undefined;
  const start = attributes.destination ?? Buffer.alloc(family === AF_INET ? 4 : 16);
  return {
    destination: `${formatAddress(start)}/${bits}`,
    alive: (flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) === 0,
  };
};

/** Lists the unicast routes of the main table. @throws KernelError */
export const listRoutes = (netlink: NetlinkSocket, family: 'ipv4' | 'ipv6'): Route[] =>
  netlink
    .dump({ operation: 'list routes', type: RTM_GETROUTE, payload: header(family === 'ipv4' ? AF_INET : AF_INET6, 0) })
    .flatMap((message) => decodeRoute(message) ?? []);

/** The index of the outgoing interface for an address; undefined without a route. @throws KernelError */
export const interfaceTowards = (netlink: NetlinkSocket, address: IpAddress): number | undefined => {
  const operation = `look up the route to ${address}`;
  const bytes = bytesOf(address);
  const family = bytes.length === 4 ? AF_INET : AF_INET6;
  const payload = Buffer.concat([
    header(family, bytes.length * 8),
    encodeAttributes(routeAttributes, { destination: bytes }),
  ]);
  const [result] = netlink.request([{ operation, type: RTM_GETROUTE, payload }]);
  if (result === undefined || !result.ok) {
    // No route, or a prohibiting one: the kernel returns the error that a sender would get.
    if (result !== undefined && ['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL'].includes(result.error.code)) {
      return undefined;
    }
    throw result?.error ?? kernelError(operation, constants.errno.EBADMSG);
  }
  const [reply] = result.replies;
  if (reply === undefined || reply.payload.length < headerLength) return undefined;
  const attributes = decodeAttributes(routeAttributes, reply.payload.subarray(headerLength));
  return isMalformed(attributes) ? undefined : attributes.outgoing;
};
