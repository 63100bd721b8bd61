// VRRP over IPv4, by the package raw-socket. It sends whole packets, so each has its own source.

import { constants } from 'node:os';
import { AddressFamily, createSocket } from 'raw-socket';
import { messageOf } from '../../base/error.ts';
import { bytesOf, type IpAddress, ip } from '../../net/ip-address.ts';
import { decodeIpv4, encodeIpv4Header } from '../../net/ipv4-packet.ts';
import { mayUseRawSockets } from '../system/capabilities.ts';
import { KernelError, kernelError } from '../system/error.ts';
import { errnoOf, int32, SO_RCVBUF, SO_RCVBUFFORCE, SOL_SOCKET } from '../system/libc.ts';
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
const packetLimit = 65_535;

/** raw-socket reports only strerror's text: this finds its errno. */
const translate = (operation: string, error: unknown): KernelError => {
  const text = messageOf(error);
  const errno = errnoOf(text);
  return errno === undefined ? new KernelError(operation, 'unknown', text) : kernelError(operation, errno);
};

/** struct ip_mreqn (ip(7)): group, local address, interface index; only the index counts where it is given. */
const membership = (address: IpAddress, interfaceIndex: number): Buffer =>
  Buffer.concat([bytesOf(address), Buffer.alloc(4), int32(interfaceIndex)]);

/** Opens the socket. @throws KernelError */
export const openVrrpSocketIpv4 = (options: VrrpSocketOptions): VrrpSocket => {
  const { interface: name, interfaceIndex, joinsGroup, onPacket, onDrop, onError } = options;
  const operation = `open a VRRP socket on ${name}`;
  // raw-socket may silently fall back to SOCK_DGRAM.
  if (!mayUseRawSockets()) throw kernelError(operation, constants.errno.EPERM, 'CAP_NET_RAW is missing');

  const attempt = <Value>(what: string, action: () => Value): Value => {
    try {
      return action();
    } catch (error) {
      throw translate(what, error);
    }
  };
  const socket = attempt(operation, () =>
    createSocket({ protocol: IPPROTO_VRRP, addressFamily: AddressFamily.IPv4, bufferSize: packetLimit }),
  );
  let isOpen = true;
  const close = (): void => {
    if (isOpen) socket.close();
    isOpen = false;
  };

  const set = (label: string, level: number, option: number, value: Buffer): void =>
    attempt(`set ${label} on ${name}`, () => socket.setOption(level, option, value, value.length));
  const setReceiveBuffer = (): void => {
    try {
      set('SO_RCVBUFFORCE', SOL_SOCKET, SO_RCVBUFFORCE, int32(vrrpReceiveBuffer));
    } catch {
      set('SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, int32(vrrpReceiveBuffer));
    }
  };
  /** Discards packets that arrived from other interfaces before the socket was bound to its own. */
  const drain = (): void => {
    const buffer = Buffer.alloc(packetLimit);
    try {
      for (;;) socket.wrap.recv(buffer, () => undefined);
    } catch {
      // EAGAIN: empty.
    }
  };

  try {
    set('SO_BINDTODEVICE', SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${name}\0`));
    set('IP_MULTICAST_ALL', IPPROTO_IP, IP_MULTICAST_ALL, int32(0));
    drain();
    setReceiveBuffer();
    set('IP_HDRINCL', IPPROTO_IP, IP_HDRINCL, int32(1));
    set('IP_MULTICAST_IF', IPPROTO_IP, IP_MULTICAST_IF, membership(ip('0.0.0.0'), interfaceIndex));
    set('IP_MULTICAST_LOOP', IPPROTO_IP, IP_MULTICAST_LOOP, int32(0));
    set('SO_PRIORITY', SOL_SOCKET, SO_PRIORITY, int32(sendPriority));
    if (joinsGroup)
      set('IP_ADD_MEMBERSHIP', IPPROTO_IP, IP_ADD_MEMBERSHIP, membership(vrrpGroups.ipv4, interfaceIndex));
  } catch (error) {
    close();
    throw error;
  }

  socket.on('message', (bytes) => {
    const packet = decodeIpv4(bytes);
    // raw-socket would swallow an error of the listener, and runs it outside of Node's microtask handling.
    setImmediate(() => {
      if (!isOpen) return;
      if (typeof packet === 'string') onDrop(packet);
      else onPacket(packet);
    });
  });
  socket.on('error', (error) => {
    const failure = translate(`receive VRRP on ${name}`, error);
    setImmediate(() => {
      if (isOpen) onError(failure);
    });
  });
  socket.on('close', () => {
    isOpen = false;
  });

  const send = (payload: Buffer, path: SendPath): void => {
    const what = `send an advertisement to ${path.destination} on ${name}`;
    // raw-socket would open another, unbound socket.
    if (!isOpen) throw kernelError(what, constants.errno.EBADF);
    const packet = Buffer.concat([encodeIpv4Header(vrrpHeader(path), payload.length), payload]);
    // The native call: the package's queue would wait for a turn of the loop, and for ever while packets keep arriving.
    attempt(what, () => socket.wrap.send(packet, 0, packet.length, path.destination, () => undefined));
  };

  return { send, close };
};
