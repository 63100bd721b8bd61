// Opens VRRP sockets of either family.

import { openByCalls } from './raw-socket-by-calls.ts';
import type { VrrpSocket, VrrpSocketOptions } from './vrrp-socket.ts';
import { openVrrpSocketIpv4 } from './vrrp-socket-ipv4.ts';
import { openVrrpSocketIpv6 } from './vrrp-socket-ipv6.ts';

/**
 * Opens a VRRP socket on one interface of this network namespace: by calls, which read all that has arrived in one turn.
 * @throws KernelError EPERM without CAP_NET_RAW, ENODEV without the interface.
 */
export const openVrrpSocket = (options: VrrpSocketOptions, openRaw = openByCalls): VrrpSocket =>
  options.family === 'ipv4' ? openVrrpSocketIpv4(options, openRaw) : openVrrpSocketIpv6(options);
