// Sends VRRP packets as the kernel makes them but for the TTL: as from beyond routers.

import { parseAddress } from '../../kernel/ip-address.ts';
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
} from '../../kernel/libc.ts';
import { pack } from '../../kernel/netlink.ts';
import type { Namespace } from './namespaces.ts';

const SO_BINDTODEVICE = 25;

/** Sends one packet of protocol 112 on an interface of a namespace. */
export const sendFromAfar = (
  namespace: Namespace,
  interfaceName: string,
  ttl: number,
  payload: Buffer,
  { source, destination }: { readonly source: string; readonly destination: string },
): void =>
  namespace.enter(() => {
    const isIpv4 = !destination.includes(':');
    const index = interfaceIndex(interfaceName) ?? 0;
    // struct sockaddr_in, or struct sockaddr_in6 with the scope of a link-local address.
    const socketAddress = (address: string): Buffer =>
      Buffer.concat([
        pack(['u16', isIpv4 ? AF_INET : AF_INET6], ['u16', 0]),
        ...(isIpv4 ? [] : [Buffer.alloc(4)]),
        parseAddress(address) ?? Buffer.of(),
        isIpv4 ? Buffer.alloc(8) : int32(index),
      ]);
    const fd = openSocket(isIpv4 ? AF_INET : AF_INET6, SOCK_RAW, 112);
    setSocketOption(fd, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${interfaceName}\0`));
    // IP_TTL and IP_MULTICAST_TTL, or IPV6_UNICAST_HOPS and IPV6_MULTICAST_HOPS.
    for (const option of isIpv4 ? [2, 33] : [16, 18]) setSocketOption(fd, isIpv4 ? 0 : 41, option, ttl);
    bindSocket(fd, socketAddress(source));
    sendTo(fd, payload, socketAddress(destination));
    closeDescriptor(fd);
  });
