// Sends VRRP and BFD packets as the kernel makes them but for the TTL: as from beyond routers.

import { pack } from '../../kernel/netlink/codec.ts';
import { openUdpDescriptor } from '../../kernel/sockets/udp-socket.ts';
import {
  AF_INET,
  AF_INET6,
  bindSocket,
  closeDescriptor,
  int32,
  interfaceIndex,
  openSocket,
  SOCK_RAW,
  SOL_SOCKET,
  sendTo,
  setSocketOption,
} from '../../kernel/system/libc.ts';
import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import type { Namespace } from './namespaces.ts';

const SO_BINDTODEVICE = 25;

type Path = { readonly source: IpAddress; readonly destination: IpAddress };

/** IP_TTL and IP_MULTICAST_TTL, or IPV6_UNICAST_HOPS and IPV6_MULTICAST_HOPS. */
const setTtl = (fd: number, isIpv4: boolean, ttl: number): void => {
  for (const option of isIpv4 ? [2, 33] : [16, 18]) setSocketOption(fd, isIpv4 ? 0 : 41, option, ttl);
};

/** struct sockaddr_in, or struct sockaddr_in6 with the scope of a link-local address. */
const socketAddress = (address: IpAddress, port: number, scope: number): Buffer => {
  const isIpv4 = !address.includes(':');
  return Buffer.concat([
    pack(['u16', isIpv4 ? AF_INET : AF_INET6]),
    Buffer.from([port >> 8, port & 0xff]),
    ...(isIpv4 ? [] : [Buffer.alloc(4)]),
    bytesOf(address),
    isIpv4 ? Buffer.alloc(8) : int32(scope),
  ]);
};

/** Sends a UDP datagram from a namespace. */
export const sendDatagramFromAfar = (
  namespace: Namespace,
  ttl: number,
  payload: Buffer,
  { source, destination, port }: Path & { readonly port: number },
): void =>
  namespace.enter(() => {
    const fd = openUdpDescriptor({ address: source, port: 0 });
    setTtl(fd, !source.includes(':'), ttl);
    sendTo(fd, payload, socketAddress(destination, port, 0));
    closeDescriptor(fd);
  });

/** Sends one packet of protocol 112 on an interface of a namespace. */
export const sendFromAfar = (
  namespace: Namespace,
  interfaceName: string,
  ttl: number,
  payload: Buffer,
  { source, destination }: Path,
): void =>
  namespace.enter(() => {
    const isIpv4 = !destination.includes(':');
    const index = interfaceIndex(interfaceName) ?? 0;
    const fd = openSocket(isIpv4 ? AF_INET : AF_INET6, SOCK_RAW, 112);
    setSocketOption(fd, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${interfaceName}\0`));
    setTtl(fd, isIpv4, ttl);
    bindSocket(fd, socketAddress(source, 0, index));
    sendTo(fd, payload, socketAddress(destination, 0, index));
    closeDescriptor(fd);
  });
