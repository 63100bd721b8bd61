// Routes that a master adds and removes: listed, and changed in one batch. Regent's protocol number marks them as its own.

import { constants } from 'node:os';
import { bytesOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';
import type { Change } from '../diff.ts';
import {
  decodeAttributes,
  encodeAttributes,
  isMalformed,
  type Message,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  pack,
  readU32,
} from '../netlink/codec.ts';
import type { Request } from '../netlink/request.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { type KernelError, kernelError } from '../system/error.ts';
import { AF_INET, AF_INET6, interfaceIndex, interfaceName } from '../system/libc.ts';
import { applyPaths, type PathResult } from './virtual-routing.ts';

export type RouteEntry = {
  readonly family: 'ipv4' | 'ipv6';
  /** The destination network; length 0 for the default route. */
  readonly to: IpAddress;
  readonly prefixLength: number;
  readonly type: keyof typeof types;
  readonly via?: IpAddress;
  readonly interface?: string;
  /** The source address of the host's own traffic on this route. */
  readonly source?: IpAddress;
  readonly table: number;
  readonly metric: number;
  /** IPv4; by default, as with ip(8), link for a route without next hop. */
  readonly scope?: keyof typeof scopes;
  /** Whether the next hop is on the link even without a matching subnet. */
  readonly onLink?: boolean;
  readonly mtu?: number;
  /** When listed, its origin: a protocol number of rtnetlink(7). */
  readonly protocol?: number;
};

/** enum rt_scope_t; RTN_ of include/uapi/linux/rtnetlink.h. */
const scopes = { global: 0, site: 200, link: 253, host: 254 } as const;
const types = { unicast: 1, blackhole: 6, unreachable: 7, prohibit: 8 } as const;

/** The protocol number of regent's own routes and rules: VRRP's number among the IP protocols, otherwise unused here. */
export const ownProtocol = 112;
/** RTPROT_KEEPALIVED. */
export const keepalivedProtocol = 18;

/*
 * struct rtmsg (include/uapi/linux/rtnetlink.h)
 *   0        1                   2               3     4       5          6       7      8       12
 *   | family | destination bits  | source bits   | tos | table | protocol | scope | type | flags | attributes
 */
const headerLength = 12;
const routeAttributes = {
  destination: [1, 'bytes'],
  outgoing: [4, 'u32'],
  gateway: [5, 'bytes'],
  metric: [6, 'u32'],
  source: [7, 'bytes'],
  metrics: [8, { mtu: [2, 'u32'] }],
  table: [15, 'u32'],
} as const;

const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;
const RTNH_F_ONLINK = 4;
const RTM_F_CLONED = 0x200;
const RT_SCOPE_NOWHERE = 255;

/** The identity of a route, which is unique in the kernel. */
export const routeKey = ({ family, table, to, prefixLength, metric }: RouteEntry): string =>
  `route ${family} ${table} ${to}/${prefixLength} ${metric}`;

export const describeRoute = ({ to, prefixLength, via, interface: name, table, type }: RouteEntry): string =>
  [
    ...(type === 'unicast' ? [] : [type]),
    prefixLength === 0 ? 'default' : `${to}/${prefixLength}`,
    ...(via === undefined ? [] : [`via ${via}`]),
    ...(name === undefined ? [] : [`on ${name}`]),
    ...(table === 254 ? [] : [`in table ${table}`]),
  ].join(' ');

const nameOf = <Names extends Readonly<Record<string, number>>>(
  names: Names,
  number: number,
): keyof Names | undefined => (Object.keys(names) as (keyof Names)[]).find((key) => names[key] === number);

/** Decodes an RTM_NEWROUTE message; undefined for routes that no entry can describe. */
const decodeRouteEntry = ({ payload }: Pick<Message, 'payload'>): RouteEntry | undefined => {
  if (payload.length < headerLength) return undefined;
  const attributes = decodeAttributes(routeAttributes, payload.subarray(headerLength));
  const [number, prefixLength = 0, , , shortTable = 0, protocol = 0, scopeNumber = 0, typeNumber = 0] = payload;
  const type = nameOf(types, typeNumber);
  const flags = readU32(payload, 8);
  if (isMalformed(attributes) || type === undefined || (flags & RTM_F_CLONED) !== 0) return undefined;
  if (number !== AF_INET && number !== AF_INET6) return undefined;
  const { destination, outgoing, gateway, source, metrics, metric = 0, table = shortTable } = attributes;
  const family = number === AF_INET ? 'ipv4' : 'ipv6';
  const name = outgoing === undefined || type !== 'unicast' ? undefined : interfaceName(outgoing);
  const scope = nameOf(scopes, scopeNumber);
  return {
    family,
    to: formatAddress(destination ?? Buffer.alloc(family === 'ipv4' ? 4 : 16)),
    prefixLength,
    type,
    table,
    metric,
    protocol,
    ...(gateway !== undefined && { via: formatAddress(gateway) }),
    ...(name !== undefined && { interface: name }),
    ...(source !== undefined && { source: formatAddress(source) }),
    ...(family === 'ipv4' && scope !== undefined && { scope }),
    ...((flags & RTNH_F_ONLINK) !== 0 && { onLink: true }),
    ...(metrics?.mtu !== undefined && { mtu: metrics.mtu }),
  };
};

const scopeOf = ({ family, type, via, scope }: RouteEntry): number => {
  if (family === 'ipv6') return scopes.global;
  return scopes[scope ?? (type === 'unicast' && via === undefined ? 'link' : 'global')];
};

/** Whether the kernel's route is the wanted one; the kernel chooses unspecified fields. */
export const isSameRoute = (actual: RouteEntry, wanted: RouteEntry): boolean =>
  actual.protocol === ownProtocol &&
  actual.type === wanted.type &&
  actual.via === wanted.via &&
  (wanted.interface === undefined || actual.interface === wanted.interface) &&
  (wanted.source === undefined || actual.source === wanted.source) &&
  actual.mtu === wanted.mtu &&
  (wanted.family === 'ipv6' || scopes[actual.scope ?? 'global'] === scopeOf(wanted));

const encodeRoute = (entry: RouteEntry, outgoing: number | undefined, isRemoval: boolean): Buffer => {
  const { family, to, prefixLength, type, table, metric, via, source, onLink, mtu } = entry;
  return Buffer.concat([
    pack(
      ['u8', family === 'ipv4' ? AF_INET : AF_INET6],
      ['u8', prefixLength],
      ['u8', 0],
      ['u8', 0],
      // A table number of more than eight bits is in an attribute.
      ['u8', table < 256 ? table : 0],
      ['u8', isRemoval ? (entry.protocol ?? ownProtocol) : ownProtocol],
      ['u8', isRemoval ? RT_SCOPE_NOWHERE : scopeOf(entry)],
      ['u8', types[type]],
      ['u32', onLink === true ? RTNH_F_ONLINK : 0],
    ),
    encodeAttributes(routeAttributes, {
      destination: prefixLength === 0 ? undefined : bytesOf(to),
      outgoing,
      gateway: via && bytesOf(via),
      metric: metric === 0 ? undefined : metric,
      source: isRemoval ? undefined : source && bytesOf(source),
      metrics: mtu === undefined || isRemoval ? undefined : { mtu },
      table,
    }),
  ]);
};

const requestOf = (change: Change<RouteEntry>): Request | KernelError => {
  const { type, entry } = change;
  const operation = `${type === 'update' ? 'change' : type} the route ${describeRoute(entry)}`;
  const outgoing = entry.interface === undefined ? undefined : interfaceIndex(entry.interface);
  if (type === 'remove') return { operation, type: RTM_DELROUTE, payload: encodeRoute(entry, outgoing, true) };
  if (entry.interface !== undefined && outgoing === undefined) return kernelError(operation, constants.errno.ENODEV);
  const flags = NLM_F_CREATE | (type === 'add' ? NLM_F_EXCL : NLM_F_REPLACE);
  return { operation, type: RTM_NEWROUTE, flags, payload: encodeRoute(entry, outgoing, false) };
};

/** Lists regent's routes, and those left by keepalived. @throws KernelError */
export const listVirtualRoutes = (netlink: NetlinkSocket): RouteEntry[] =>
  ([AF_INET, AF_INET6] as const).flatMap((family) =>
    [ownProtocol, keepalivedProtocol].flatMap((protocol) => {
      const fields = [family, 0, 0, 0, 0, protocol, 0, 0].map((field) => ['u8', field] as const);
      const payload = pack(...fields, ['u32', 0]);
      return netlink.dump({ operation: 'list routes', type: RTM_GETROUTE, payload }).flatMap((message) => {
        const entry = decodeRouteEntry(message);
        // A kernel without filtering lists all routes.
        return entry === undefined || entry.protocol !== protocol ? [] : [entry];
      });
    }),
  );

/** Applies changes in order. Removing a missing route counts as done; another program's route in its place is EEXIST. */
export const applyVirtualRoutes = (
  netlink: NetlinkSocket,
  changes: readonly Change<RouteEntry>[],
): PathResult<RouteEntry>[] => applyPaths(netlink, changes, requestOf, { add: [], remove: ['ESRCH', 'ENODEV'] });
