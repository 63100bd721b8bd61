// What the kernel would do with a packet that arrives, and where it would send the answer: asked of its routing, nothing is sent.

import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import { decodeAttributes, encodeAttributes, isMalformed, NLM_F_CREATE, pack } from '../netlink/codec.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { AF_INET, AF_INET6 } from '../system/libc.ts';

/**
 * Local: it is this host's. Elsewhere: it would be forwarded. Refused: it would be dropped, by a prohibiting route or rule, or by
 * rp_filter.
 */
export type Arrival = 'local' | 'elsewhere' | 'refused';

/** A packet from a neighbour to an address of this host. */
export type Arriving = { readonly interfaceIndex: number; readonly source: IpAddress; readonly destination: IpAddress };

/** Numbers of include/uapi/linux/rtnetlink.h. */
const RTM_GETROUTE = 26;
const RTM_NEWROUTE = 24;
const RTN_LOCAL = 2;
const RT_TABLE_LOCAL = 255;
const RTPROT_KERNEL = 2;
const RT_SCOPE_HOST = 254;
const headerLength = 12;
const attributes = {
  destination: [1, 'bytes'],
  source: [2, 'bytes'],
  incoming: [3, 'u32'],
  outgoing: [4, 'u32'],
  preferredSource: [7, 'bytes'],
} as const;

type Asked = {
  readonly source?: IpAddress;
  readonly destination: IpAddress;
  readonly incoming?: number;
  readonly outgoing?: number;
};

const look = (
  netlink: NetlinkSocket,
  { source, destination, incoming, outgoing }: Asked,
): { readonly type: number; readonly outgoing: number | undefined } | undefined => {
  const [from, to] = [source && bytesOf(source), bytesOf(destination)];
  const family = to.length === 4 ? AF_INET : AF_INET6;
  const bits = to.length * 8;
  const payload = Buffer.concat([
    pack(['u8', family], ['u8', bits], ['u8', from === undefined ? 0 : bits], ['u8', 0], ['u32', 0], ['u32', 0]),
    encodeAttributes(attributes, { destination: to, source: from, incoming, outgoing }),
  ]);
  const operation = `look up the route to ${destination}`;
  const [result] = netlink.request([{ operation, type: RTM_GETROUTE, payload }]);
  if (result === undefined || !result.ok) {
    // The error that a packet would meet; others say nothing about it.
    const isRefused = ['EXDEV', 'EINVAL', 'EACCES', 'ENETUNREACH', 'EHOSTUNREACH'].includes(result?.error.code ?? '');
    if (result !== undefined && !isRefused) throw result.error;
    return undefined;
  }
  const [reply] = result.replies;
  if (reply === undefined || reply.payload.length < headerLength) return undefined;
  const found = decodeAttributes(attributes, reply.payload.subarray(headerLength));
  return { type: reply.payload[7] ?? 0, outgoing: isMalformed(found) ? undefined : found.outgoing };
};

/** @throws KernelError where the kernel cannot be asked. */
export const arrivalOf = (netlink: NetlinkSocket, { interfaceIndex, source, destination }: Arriving): Arrival => {
  const found = look(netlink, { source, destination, incoming: interfaceIndex });
  if (found === undefined) return 'refused';
  return found.type === RTN_LOCAL ? 'local' : 'elsewhere';
};

/** Whether the kernel has its own route to an address of an interface, without which it takes no packet to it. @throws KernelError */
export const hasLocalRoute = (netlink: NetlinkSocket, address: IpAddress, interfaceIndex: number): boolean =>
  look(netlink, { destination: address, outgoing: interfaceIndex })?.type === RTN_LOCAL;

/**
 * Adds the kernel's own route to an IPv4 address of an interface without a VRF again, as the kernel makes it: it goes with the
 * address. @throws KernelError
 */
export const addLocalRoute = (netlink: NetlinkSocket, address: IpAddress, interfaceIndex: number): void => {
  const destination = bytesOf(address);
  const payload = Buffer.concat([
    pack(['u8', AF_INET], ['u8', 32], ['u8', 0], ['u8', 0]),
    pack(['u8', RT_TABLE_LOCAL], ['u8', RTPROT_KERNEL], ['u8', RT_SCOPE_HOST], ['u8', RTN_LOCAL], ['u32', 0]),
    encodeAttributes(attributes, { destination, outgoing: interfaceIndex, preferredSource: destination }),
  ]);
  const operation = `add the local route to ${address}`;
  const [result] = netlink.request([{ operation, type: RTM_NEWROUTE, flags: NLM_F_CREATE, payload }]);
  if (result?.ok === false && result.error.code !== 'EEXIST') throw result.error;
};

/** The interface by which an answer would leave; undefined where none would. @throws KernelError */
export const answerBy = (netlink: NetlinkSocket, { source, destination }: Omit<Arriving, 'interfaceIndex'>) =>
  look(netlink, { source: destination, destination: source })?.outgoing;
