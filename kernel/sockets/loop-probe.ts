// Whether this host's firewall passes VRRP out and in: sends a packet that never leaves the host and should come back.

import { bytesOf } from '../../net/ip-address.ts';
import { pack } from '../netlink/codec.ts';
import { KernelError } from '../system/error.ts';
import {
  AF_INET,
  AF_INET6,
  closeDescriptor,
  int32,
  isReadable,
  openSocket,
  receive,
  SOCK_RAW,
  SOL_SOCKET,
  sendTo,
  setSocketOption,
} from '../system/libc.ts';
import { IPPROTO_IPV6 } from './receive-message.ts';
import { vrrpGroups } from './vrrp-group.ts';

const IPPROTO_IP = 0;
const IPPROTO_VRRP = 112;
const SO_BINDTODEVICE = 25;

/** An unknown version, which every receiver drops. */
const mark = Buffer.from('f0regent-doctor');

const groupBytes = (family: 'ipv4' | 'ipv6'): Buffer => bytesOf(vrrpGroups[family]);

/** struct ip_mreqn (ip(7)). */
const membershipIpv4 = (interfaceIndex: number): Buffer =>
  Buffer.concat([groupBytes('ipv4'), Buffer.alloc(4), int32(interfaceIndex)]);

type Kind = {
  readonly domain: number;
  readonly level: number;
  /** Options in order: number and value. */
  readonly options: readonly (readonly [option: number, value: Buffer])[];
  readonly destination: Buffer;
};

/** ip(7): IP_ADD_MEMBERSHIP, IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP; struct sockaddr_in. */
const overIpv4 = (index: number): Kind => ({
  domain: AF_INET,
  level: IPPROTO_IP,
  options: [
    [35, membershipIpv4(index)],
    [32, membershipIpv4(index)],
    [33, int32(0)],
    [34, int32(1)],
  ],
  destination: Buffer.concat([pack(['u16', AF_INET], ['u16', 0]), groupBytes('ipv4'), Buffer.alloc(8)]),
});

/** ipv6(7): IPV6_ADD_MEMBERSHIP, IPV6_MULTICAST_IF, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP; struct sockaddr_in6. */
const overIpv6 = (index: number): Kind => ({
  domain: AF_INET6,
  level: IPPROTO_IPV6,
  options: [
    [20, Buffer.concat([groupBytes('ipv6'), int32(index)])],
    [17, int32(index)],
    [18, int32(0)],
    [19, int32(1)],
  ],
  destination: Buffer.concat([pack(['u16', AF_INET6], ['u16', 0], ['u32', 0]), groupBytes('ipv6'), int32(index)]),
});

const unreadyCodes: ReadonlySet<string> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL']);

export type LoopOutcome = 'passed' | 'refused' | 'lost' | 'unready';

/**
 * Sends one packet with a TTL or hop limit of 0, which the kernel loops back without sending it on the wire.
 * @returns `refused` when sending was forbidden (the output chain), `lost` when it did not come back (either
 *   chain), `unready` without a route to the group, or without an address known to be unique, as over IPv6 for a
 *   second after an interface came up (RFC 4862 5.4).
 * @throws KernelError EPERM without CAP_NET_RAW.
 */
export const probeLoop = (
  interfaceName: string,
  interfaceIndex: number,
  family: 'ipv4' | 'ipv6' = 'ipv4',
): LoopOutcome => {
  const { domain, level, options, destination } =
    family === 'ipv4' ? overIpv4(interfaceIndex) : overIpv6(interfaceIndex);
  const fd = openSocket(domain, SOCK_RAW, IPPROTO_VRRP);
  try {
    setSocketOption(fd, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${interfaceName}\0`));
    for (const [option, value] of options) setSocketOption(fd, level, option, value);
    try {
      sendTo(fd, mark, destination);
    } catch (error) {
      if (error instanceof KernelError && error.code === 'EPERM') return 'refused';
      if (error instanceof KernelError && unreadyCodes.has(error.code)) return 'unready';
      throw error;
    }
    const buffer = Buffer.alloc(2048);
    // The kernel loops it back inside the send; other routers' advertisements may be queued before it.
    for (let packets = 0; packets < 1000 && isReadable(fd, 50); packets += 1) {
      const length = receive(fd, buffer);
      if (length !== undefined && buffer.subarray(0, length).includes(mark)) return 'passed';
    }
    return 'lost';
  } finally {
    closeDescriptor(fd);
  }
};
