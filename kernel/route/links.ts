// Network interfaces, from rtnetlink.

import { constants } from 'node:os';
import { formatMac } from '../../net/mac-address.ts';
import { encodeAttributes, type Message, readI32, readU16, readU32 } from '../netlink/codec.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { kernelError } from '../system/error.ts';
import { linkHeader, RTM_GETLINK, readLink } from './link-requests.ts';

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
  /** Its master interface takes all that arrives: this host hears nothing by the port itself. */
  readonly portKind?: TakingKind;
  /** It neither asks nor answers by ARP or neighbour discovery: IFF_NOARP. */
  readonly noArp?: true;
};

/** Masters that take all packets of their ports; a VRF only routes them. */
const takingKinds = ['bridge', 'bond', 'team', 'openvswitch'] as const;
type TakingKind = (typeof takingKinds)[number];

const linkAttributes = {
  mac: [1, 'bytes'],
  name: [3, 'string'],
  mtu: [4, 'u32'],
  filter: [29, 'u32'],
  master: [10, 'u32'],
  info: [18, { kind: [1, 'string'], portKind: [4, 'string'] }],
} as const;

const RTEXT_FILTER_SKIP_STATS = 8;
const ARPHRD_ETHER = 1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;
const IFF_NOARP = 0x80;

/** Decodes an RTM_NEWLINK or RTM_DELLINK message; undefined when it is malformed or has no name. */
export const decodeLink = (message: Pick<Message, 'payload'>): Link | undefined => {
  const { payload } = message;
  const { attributes: { name, mac, mtu = 0, master = 0, info } = {}, up: enabled = false } =
    readLink(linkAttributes, message) ?? {};
  if (name === undefined) return undefined;
  const flags = readU32(payload, 8);
  const portKind = takingKinds.find((kind) => master !== 0 && kind === info?.portKind);
  const isEthernet = readU16(payload, 2) === ARPHRD_ETHER && mac?.length === 6;
  return {
    index: readI32(payload, 4),
    name,
    mac: isEthernet ? formatMac(mac) : undefined,
    mtu,
    up: enabled && (flags & IFF_RUNNING) !== 0,
    enabled,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    ...(master !== 0 && { master }),
    ...(info?.kind === 'vrf' && { isVrf: true as const }),
    ...(portKind !== undefined && { portKind }),
    ...((flags & IFF_NOARP) !== 0 && isEthernet && { noArp: true as const }),
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

/** The master that takes all packets of each port, as text: `bridge br0`. */
export const takersOf = (links: readonly Link[]): ReadonlyMap<string, string> => {
  const ports = links.filter(({ portKind }) => portKind !== undefined);
  return new Map(
    ports.map(({ name, master, portKind }) => [
      name,
      `${portKind} ${links.find(({ index }) => index === master)?.name ?? master}`,
    ]),
  );
};

/** Lists the interfaces of this network namespace. @throws KernelError */
export const listLinks = (netlink: NetlinkSocket): Link[] => {
  const operation = 'list links';
  const payload = Buffer.concat([
    linkHeader(0, 0, 0),
    encodeAttributes(linkAttributes, { filter: RTEXT_FILTER_SKIP_STATS }),
  ]);
  return netlink.dump({ operation, type: RTM_GETLINK, payload }).map((message) => {
    const link = decodeLink(message);
    if (link === undefined) throw kernelError(operation, constants.errno.EBADMSG);
    return link;
  });
};
