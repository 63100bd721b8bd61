// Network interfaces, from rtnetlink.

import { constants } from 'node:os';
import { formatMac } from '../../net/mac-address.ts';
import {
  decodeAttributes,
  encodeAttributes,
  isMalformed,
  type Message,
  pack,
  readI32,
  readU16,
  readU32,
} from '../netlink/codec.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { kernelError } from '../system/error.ts';

export type Link = {
  readonly index: number;
  readonly name: string;
  /** Such as `52:54:00:12:34:56`; undefined for a loopback, and where the interface is not an Ethernet. */
  readonly mac: string | undefined;
  readonly mtu: number;
  /** Administratively up and with a carrier: IFF_UP and IFF_RUNNING. */
  readonly up: boolean;
  /** Administratively up, with or without a carrier: IFF_UP. */
  readonly enabled: boolean;
  readonly loopback: boolean;
  /** The index of its master interface: a bridge, a bond, a VRF. */
  readonly master?: number;
  /** It is a VRF: its ports have a routing table of their own. */
  readonly isVrf?: true;
};

/*
 * struct ifinfomsg (include/uapi/linux/rtnetlink.h)
 *   0        1     2                4       8       12             16
 *   | family | pad | hardware type  | index | flags | change mask  | attributes
 */
const headerLength = 16;
const linkAttributes = {
  mac: [1, 'bytes'],
  name: [3, 'string'],
  mtu: [4, 'u32'],
  filter: [29, 'u32'],
  master: [10, 'u32'],
  info: [18, { kind: [1, 'string'] }],
} as const;

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTEXT_FILTER_SKIP_STATS = 8;
const ARPHRD_ETHER = 1;
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;

/** Decodes an RTM_NEWLINK or RTM_DELLINK message; undefined when it is malformed or has no name. */
export const decodeLink = ({ payload }: Pick<Message, 'payload'>): Link | undefined => {
  if (payload.length < headerLength) return undefined;
  const attributes = decodeAttributes(linkAttributes, payload.subarray(headerLength));
  if (isMalformed(attributes) || attributes.name === undefined) return undefined;
  const { name, mac, mtu = 0, master = 0, info } = attributes;
  const flags = readU32(payload, 8);
  const isEthernet = readU16(payload, 2) === ARPHRD_ETHER && mac?.length === 6;
  return {
    index: readI32(payload, 4),
    name,
    mac: isEthernet ? formatMac(mac) : undefined,
    mtu,
    up: (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0,
    enabled: (flags & IFF_UP) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    ...(master !== 0 && { master }),
    ...(info?.kind === 'vrf' && { isVrf: true as const }),
  };
};

/** The VRF of each interface in one, by names. */
export const vrfsOf = (links: readonly Link[]): ReadonlyMap<string, string> => {
  const vrfs = new Map(links.flatMap(({ isVrf, index, name }) => (isVrf ? [[index, name]] : [])));
  return new Map(
    links.flatMap(({ name, master }) => {
      const vrf = master === undefined ? undefined : vrfs.get(master);
      return vrf === undefined ? [] : [[name, vrf]];
    }),
  );
};

/** Lists the interfaces of this network namespace. @throws KernelError */
export const listLinks = (netlink: NetlinkSocket): Link[] => {
  const operation = 'list links';
  const header = pack(['u8', 0], ['u8', 0], ['u16', 0], ['u32', 0], ['u32', 0], ['u32', 0]);
  const payload = Buffer.concat([header, encodeAttributes(linkAttributes, { filter: RTEXT_FILTER_SKIP_STATS })]);
  return netlink.dump({ operation, type: RTM_GETLINK, payload }).map((message) => {
    const link = decodeLink(message);
    if (link === undefined) throw kernelError(operation, constants.errno.EBADMSG);
    return link;
  });
};
