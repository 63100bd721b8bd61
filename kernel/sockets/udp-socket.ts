// UDP descriptors for protocols that trust only the same link: packets with a hop limit below 255 are dropped.

import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import { pack } from '../netlink/codec.ts';
import { kernelError } from '../system/error.ts';
import { koffi } from '../system/koffi.ts';
import {
  AF_INET,
  AF_INET6,
  bindSocket,
  closeDescriptor,
  openSocket,
  SOCK_DGRAM,
  SOL_SOCKET,
  setSocketOption,
} from '../system/libc.ts';
import { socketAddress } from './socket-address.ts';

export type UdpOptions = {
  /** Local address; `0.0.0.0` or `::` for any. */
  readonly address: IpAddress;
  readonly port: number;
};

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const SO_PRIORITY = 12;
const SO_ATTACH_FILTER = 26;
const IP_TOS = 1;
const IP_TTL = 2;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_TCLASS = 67;
const classOfService = 0xc0;
const sendPriority = 6;
const hopLimit = 255;

/**
 * A filter on the packet's IP header (linux/filter.h), because IP_MINTTL has no effect on UDP: struct sock_filter is
 * | u16 code | u8 jump if true | u8 jump if false | u32 operand |
 */
const SKF_NET_OFF = 0xfff0_0000;
const instruction = (code: number, isTrue: number, isFalse: number, operand: number): Buffer =>
  pack(['u16', code], ['u8', isTrue], ['u8', isFalse], ['u32', operand]);
const load = 0x30;
const jumpIfEqual = 0x15;
const accept = 0x06;

const filterProgram = koffi.struct('sock_fprog', { length: 'uint16_t', instructions: 'const void *' });
const attach = koffi
  .load(null)
  .func('setsockopt', 'int', ['int', 'int', 'int', koffi.pointer(filterProgram), 'uint32_t']);

const acceptFullHopLimit = (fd: number, isIpv6: boolean): void => {
  const program = [
    instruction(load, 0, 0, SKF_NET_OFF + (isIpv6 ? 7 : 8)),
    instruction(jumpIfEqual, 0, 1, hopLimit),
    instruction(accept, 0, 0, 0xffff),
    instruction(accept, 0, 0, 0),
  ];
  const value = { length: program.length, instructions: Buffer.concat(program) };
  if (attach(fd, SOL_SOCKET, SO_ATTACH_FILTER, value, koffi.sizeof(filterProgram)) < 0) {
    throw kernelError('filter packets by their hop limit', koffi.errno());
  }
};

/**
 * Opens a bound UDP descriptor of this network namespace that sends and accepts only a hop limit of 255.
 * @throws KernelError EADDRINUSE when the port is taken, EADDRNOTAVAIL when this host does not have the address.
 */
export const openUdpDescriptor = ({ address, port }: UdpOptions): number => {
  const bytes = bytesOf(address);
  const isIpv6 = bytes.length === 16;
  const fd = openSocket(isIpv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
  try {
    // Before bind, so that no unfiltered packet arrives.
    acceptFullHopLimit(fd, isIpv6);
    if (isIpv6) {
      setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
      setSocketOption(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hopLimit);
      setSocketOption(fd, IPPROTO_IPV6, IPV6_TCLASS, classOfService);
    } else {
      setSocketOption(fd, IPPROTO_IP, IP_TTL, hopLimit);
      setSocketOption(fd, IPPROTO_IP, IP_TOS, classOfService);
    }
    setSocketOption(fd, SOL_SOCKET, SO_PRIORITY, sendPriority);
    bindSocket(fd, socketAddress(bytes, port));
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
};
