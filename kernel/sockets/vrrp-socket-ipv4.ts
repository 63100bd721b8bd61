// VRRP over IPv4. The socket sends whole packets, so each has its own source.

import { bytesOf, type IpAddress, ip } from '../../net/ip-address.ts';
import { decodeIpv4, encodeIpv4Header, type IpPacket } from '../../net/ipv4-packet.ts';
import { asPartOf, asRefusalOf } from '../system/error.ts';
import { int32, SO_RCVBUF, SO_RCVBUFFORCE, SOL_SOCKET } from '../system/libc.ts';
import { createPacketCache } from './packet-cache.ts';
import type { OpenRawSocket } from './raw-socket.ts';
import { vrrpGroups } from './vrrp-group.ts';
import { IPPROTO_VRRP, vrrpHeader, vrrpReceiveBuffer } from './vrrp-header.ts';
import type { SendPath, VrrpSocket, VrrpSocketOptions } from './vrrp-socket.ts';

const IPPROTO_IP = 0;
const SO_PRIORITY = 12;
const SO_BINDTODEVICE = 25;
const IP_HDRINCL = 3;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;
const IP_MULTICAST_ALL = 49;

// The kernel's priority for internetwork control (TC_PRIO_INTERACTIVE).
const sendPriority = 6;

/** struct ip_mreqn (ip(7)): group, local address, interface index; only the index counts where it is given. */
const membership = (address: IpAddress, interfaceIndex: number): Buffer =>
  Buffer.concat([bytesOf(address), Buffer.alloc(4), int32(interfaceIndex)]);

/** Opens the socket. @throws KernelError */
export const openVrrpSocketIpv4 = (options: VrrpSocketOptions, openRaw: OpenRawSocket): VrrpSocket => {
  const { interface: name, interfaceIndex, joinsGroup, onPackets, onDrop, onError } = options;
  const arrived: IpPacket[] = [];
  const socket = asPartOf(`open a VRRP socket on ${name}`, () =>
    openRaw({
      family: 4,
      protocol: IPPROTO_VRRP,
      onPacket: (bytes) => {
        const packet = decodeIpv4(bytes);
        if (typeof packet === 'string') onDrop(packet);
        else arrived.push(packet);
      },
      onPause: () => {
        if (arrived.length > 0) onPackets(arrived.splice(0));
      },
      onError: (error) => onError(asRefusalOf(`receive VRRP on ${name}`, error)),
    }),
  );
  const set = (label: string, level: number, option: number, value: Buffer): void =>
    asPartOf(`set ${label} on ${name}`, () => socket.setOption(level, option, value));
  const setReceiveBuffer = (): void => {
    try {
      set('SO_RCVBUFFORCE', SOL_SOCKET, SO_RCVBUFFORCE, int32(vrrpReceiveBuffer));
    } catch {
      set('SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, int32(vrrpReceiveBuffer));
    }
  };

  try {
    set('SO_BINDTODEVICE', SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${name}\0`));
    set('IP_MULTICAST_ALL', IPPROTO_IP, IP_MULTICAST_ALL, int32(0));
    // Packets that arrived from other interfaces before the socket was bound to its own.
    socket.drain();
    setReceiveBuffer();
    set('IP_HDRINCL', IPPROTO_IP, IP_HDRINCL, int32(1));
    set('IP_MULTICAST_IF', IPPROTO_IP, IP_MULTICAST_IF, membership(ip('0.0.0.0'), interfaceIndex));
    set('IP_MULTICAST_LOOP', IPPROTO_IP, IP_MULTICAST_LOOP, int32(0));
    set('SO_PRIORITY', SOL_SOCKET, SO_PRIORITY, int32(sendPriority));
    if (joinsGroup)
      set('IP_ADD_MEMBERSHIP', IPPROTO_IP, IP_ADD_MEMBERSHIP, membership(vrrpGroups.ipv4, interfaceIndex));
  } catch (error) {
    socket.close();
    throw error;
  }

  const packetOf = createPacketCache((payload, path) =>
    Buffer.concat([encodeIpv4Header(vrrpHeader(path), payload.length), payload]),
  );
  const send = (payload: Uint8Array, path: SendPath): void => {
    const packet = packetOf(payload, path);
    asPartOf(`send an advertisement to ${path.destination} on ${name}`, () => socket.send(packet, path.destination));
  };
  return { send, close: socket.close };
};
