// Whether a firewall of this host lets VRRP out and in: a packet that never leaves the host is sent, and should come back.

import { KernelError } from './error.ts';
import { parseAddress } from './ip-address.ts';
import {
  AF_INET,
  closeDescriptor,
  int32,
  isReadable,
  openSocket,
  receive,
  SOCK_RAW,
  SOL_SOCKET,
  sendTo,
  setSocketOption,
} from './libc.ts';
import { pack } from './netlink.ts';

const IPPROTO_IP = 0;
const IPPROTO_VRRP = 112;
const SO_BINDTODEVICE = 25;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_TTL = 33;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;

const group = '224.0.0.18';
/** An unknown version: whoever hears it drops it. */
const mark = Buffer.from('f0regent-doctor');

/** struct ip_mreqn (ip(7)). */
const membership = (interfaceIndex: number): Buffer =>
  Buffer.concat([parseAddress(group) ?? Buffer.alloc(4), Buffer.alloc(4), int32(interfaceIndex)]);

/** struct sockaddr_in: family, port, address. */
const groupAddress = (): Buffer =>
  Buffer.concat([pack(['u16', AF_INET], ['u16', 0]), parseAddress(group) ?? Buffer.alloc(4), Buffer.alloc(8)]);

export type LoopOutcome = 'passed' | 'refused' | 'lost';

/**
 * Sends one packet with TTL 0, which the kernel loops back and puts on no wire.
 * @returns `refused` when sending was forbidden (the output chain), `lost` when it did not come back (either chain).
 * @throws KernelError EPERM without CAP_NET_RAW.
 */
export const probeLoop = (interfaceName: string, interfaceIndex: number): LoopOutcome => {
  const fd = openSocket(AF_INET, SOCK_RAW, IPPROTO_VRRP);
  try {
    setSocketOption(fd, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${interfaceName}\0`));
    setSocketOption(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership(interfaceIndex));
    setSocketOption(fd, IPPROTO_IP, IP_MULTICAST_IF, membership(interfaceIndex));
    setSocketOption(fd, IPPROTO_IP, IP_MULTICAST_TTL, int32(0));
    setSocketOption(fd, IPPROTO_IP, IP_MULTICAST_LOOP, int32(1));
    try {
      sendTo(fd, mark, groupAddress());
    } catch (error) {
      if (error instanceof KernelError && error.code === 'EPERM') return 'refused';
      throw error;
    }
    const buffer = Buffer.alloc(2048);
    // The kernel loops it back inside the send; others' advertisements may stand before it.
    for (let packets = 0; packets < 1000 && isReadable(fd, 50); packets += 1) {
      const length = receive(fd, buffer);
      if (length !== undefined && buffer.subarray(0, length).includes(mark)) return 'passed';
    }
    return 'lost';
  } finally {
    closeDescriptor(fd);
  }
};
