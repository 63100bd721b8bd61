// Opens VRRP sockets of either family.

import { openRawSocket } from './open-raw-socket.ts';
import type { VrrpSocket, VrrpSocketOptions } from './vrrp-socket.ts';
import { openVrrpSocketIpv4 } from './vrrp-socket-ipv4.ts';
import { openVrrpSocketIpv6 } from './vrrp-socket-ipv6.ts';

/**
 * Opens a VRRP socket on one interface of this network namespace.
 * @throws KernelError EPERM without CAP_NET_RAW, ENODEV without the interface.
 */
export const openVrrpSocket = (options: VrrpSocketOptions, openRaw = openRawSocket): VrrpSocket =>
  options.family === 'ipv4' ? openVrrpSocketIpv4(options, openRaw) : openVrrpSocketIpv6(options);
