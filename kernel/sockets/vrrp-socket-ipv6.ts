// VRRP over IPv6, by a raw socket of its own, which reports hop limit and destination.

import { constants } from 'node:os';
import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import type { IpPacket } from '../../net/ipv4-packet.ts';
import { encodeIpv6Header } from '../../net/ipv6-packet.ts';
import { pack } from '../netlink/codec.ts';
import { asPartOf, asRefusalOf, KernelError, kernelError } from '../system/error.ts';
import {
  AF_INET6,
  closeDescriptor,
  int32,
  openSocket,
  SOCK_RAW,
  SOL_SOCKET,
  sendTo,
  setReceiveBuffer,
  setSocketOption,
} from '../system/libc.ts';
import { watchReadable } from '../system/readiness.ts';
import { createPacketCache } from './packet-cache.ts';
import { IPPROTO_IPV6, receiverOf } from './receive-message.ts';
import { vrrpGroups } from './vrrp-group.ts';
import { IPPROTO_VRRP, vrrpHeader, vrrpReceiveBuffer } from './vrrp-header.ts';
import type { VrrpSocket, VrrpSocketOptions } from './vrrp-socket.ts';

const SO_PRIORITY = 12;
const SO_BINDTODEVICE = 25;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_ADD_MEMBERSHIP = 20;
const IPV6_HDRINCL = 36;

const sendPriority = 6;
const packetLimit = 65_535;
// Read in one turn of the loop; the watch reports the rest again.
const packetsPerTurn = 256;

/** struct sockaddr_in6: family, port, flow, address, scope; the scope is a link-local address's interface. */
const socketAddress = (address: IpAddress, interfaceIndex: number): Buffer =>
  Buffer.concat([pack(['u16', AF_INET6], ['u16', 0], ['u32', 0]), bytesOf(address), int32(interfaceIndex)]);

/**
 * Opens the socket. This process computes and checks the VRRP checksum: the kernel would drop a wrong one uncounted.
 * @throws KernelError
 */
export const openVrrpSocketIpv6 = (options: VrrpSocketOptions): VrrpSocket => {
  const { interface: name, interfaceIndex, joinsGroup, onPackets, onDrop, onError } = options;
  const operation = `open a VRRP socket on ${name}`;
  const fd = asPartOf(operation, () => openSocket(AF_INET6, SOCK_RAW, IPPROTO_VRRP));
  const set = (label: string, level: number, option: number, value: number | Buffer): void =>
    asPartOf(`set ${label} on ${name}`, () => setSocketOption(fd, level, option, value));

  /** Closes the socket if the action fails. */
  const orClose = <Value>(action: () => Value): Value => {
    try {
      return action();
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
  };
  const receive = orClose(() => {
    set('SO_BINDTODEVICE', SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${name}\0`));
    const next = asPartOf(operation, () => receiverOf(fd, packetLimit));
    // Discards packets that arrived from other interfaces before the socket was bound to its own.
    while (next() !== undefined);
    asPartOf(`set SO_RCVBUF on ${name}`, () => setReceiveBuffer(fd, vrrpReceiveBuffer));
    set('IPV6_HDRINCL', IPPROTO_IPV6, IPV6_HDRINCL, 1);
    set('IPV6_MULTICAST_LOOP', IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
    set('SO_PRIORITY', SOL_SOCKET, SO_PRIORITY, sendPriority);
    // struct ipv6_mreq: group, interface.
    const membership = Buffer.concat([bytesOf(vrrpGroups.ipv6), int32(interfaceIndex)]);
    if (joinsGroup) set('IPV6_ADD_MEMBERSHIP', IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership);
    return next;
  });

  // A raw socket receives every group joined by any program of this host, IPV6_MULTICAST_ALL or not.
  const isForUs = (destination: IpAddress): boolean =>
    !destination.startsWith('ff') || (joinsGroup && destination === vrrpGroups.ipv6);

  let isOpen = true;
  const arrived: IpPacket[] = [];
  const readAll = (): void => {
    for (let count = 0; count < packetsPerTurn && isOpen; count += 1) {
      let packet: ReturnType<typeof receive>;
      try {
        packet = receive();
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        onError(asRefusalOf(`receive VRRP on ${name}`, error));
        return;
      }
      if (packet === undefined) return;
      if (typeof packet === 'string') onDrop(packet);
      else if (isForUs(packet.destination)) arrived.push(packet);
    }
  };
  const read = (): void => {
    readAll();
    if (isOpen && arrived.length > 0) onPackets(arrived.splice(0));
  };

  const watch = orClose(() => asPartOf(operation, () => watchReadable(fd, read)));

  const packetOf = createPacketCache((payload, path) =>
    Buffer.concat([encodeIpv6Header(vrrpHeader(path), payload.length), payload]),
  );
  return {
    send: (payload, path) => {
      const what = `send an advertisement to ${path.destination} on ${name}`;
      if (!isOpen) throw kernelError(what, constants.errno.EBADF);
      const packet = packetOf(payload, path);
      asPartOf(what, () => sendTo(fd, packet, socketAddress(path.destination, interfaceIndex)));
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      watch.close();
      closeDescriptor(fd);
    },
  };
};
