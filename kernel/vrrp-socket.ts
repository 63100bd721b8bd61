// One interface's VRRP socket: sends and receives IP protocol 112, by the package raw-socket.

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { AddressFamily, createSocket } from 'raw-socket';
import { KernelError, kernelError } from './error.ts';
import { parseAddress } from './ip-address.ts';
import { decodeIpv4, type Ipv4DropReason, type Ipv4Packet } from './ipv4-packet.ts';
import { errnoOf, int32, SO_RCVBUF, SO_RCVBUFFORCE, SOL_SOCKET } from './libc.ts';

/** The IPv4 multicast group of VRRP (RFC 9568, section 5.1.1.2). */
export const vrrpGroup = '224.0.0.18';

export type VrrpSocketOptions = {
  /** How the advertisements travel. */
  readonly transport: 'ipv4-multicast';
  readonly interface: string;
  readonly interfaceIndex: number;
  /** The interface's primary address (RFC 9568, section 5.1.1.1), never a virtual one. */
  readonly source: string;
  readonly onPacket: (packet: Ipv4Packet) => void;
  /** A packet that was no whole IPv4 packet. */
  readonly onDrop: (reason: Ipv4DropReason) => void;
  /** Receiving failed; the socket may be closed by then: close it and open another. */
  readonly onError: (error: KernelError) => void;
};

export type VrrpSocket = {
  /** Hands one packet to the kernel before it returns. @throws KernelError, ENETDOWN when the interface is down. */
  send(payload: Buffer, destination: string): void;
  close(): void;
};

const IPPROTO_IP = 0;
const IPPROTO_VRRP = 112;
const SO_PRIORITY = 12;
const SO_BINDTODEVICE = 25;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_TTL = 33;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;
const IP_MULTICAST_ALL = 49;
const CAP_NET_RAW = 13n;

// DSCP CS6, internetwork control; and the kernel's own priority for it (TC_PRIO_INTERACTIVE).
const typeOfService = 0xc0;
const sendPriority = 6;
// A second of a thousand routers at 10 ms.
const receiveBuffer = 4 * 1024 * 1024;
const packetLimit = 65_535;

const hasRawCapability = (): boolean => {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_NET_RAW) & 1n) === 1n;
};

/** raw-socket reports strerror's text alone: finds its errno again. */
const translate = (operation: string, error: unknown): KernelError => {
  const text = error instanceof Error ? error.message : String(error);
  const errno = errnoOf(text);
  return errno === undefined ? new KernelError(operation, 'unknown', text) : kernelError(operation, errno);
};

/** struct ip_mreqn (ip(7)): group, local address, interface index. */
const membership = (group: string, local: string, interfaceIndex: number): Buffer =>
  Buffer.concat(
    [parseAddress(group), parseAddress(local), int32(interfaceIndex)].map((part) => part ?? Buffer.alloc(4)),
  );

/**
 * Opens a VRRP socket on one interface of this network namespace.
 * @throws KernelError EPERM without CAP_NET_RAW, ENODEV without the interface.
 */
export const openVrrpSocket = (options: VrrpSocketOptions): VrrpSocket => {
  const { interface: name, interfaceIndex, source, onPacket, onDrop, onError } = options;
  const operation = `open a VRRP socket on ${name}`;
  // raw-socket may fall back to SOCK_DGRAM without saying so.
  if (!hasRawCapability()) throw kernelError(operation, constants.errno.EPERM, 'CAP_NET_RAW is missing');

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
      set('SO_RCVBUFFORCE', SOL_SOCKET, SO_RCVBUFFORCE, int32(receiveBuffer));
    } catch {
      set('SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, int32(receiveBuffer));
    }
  };
  /** Drops what arrived from any interface before the socket was bound to its own. */
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
    set('IP_MULTICAST_IF', IPPROTO_IP, IP_MULTICAST_IF, membership('0.0.0.0', source, interfaceIndex));
    set('IP_MULTICAST_TTL', IPPROTO_IP, IP_MULTICAST_TTL, int32(255));
    set('IP_TTL', IPPROTO_IP, IP_TTL, int32(255));
    set('IP_MULTICAST_LOOP', IPPROTO_IP, IP_MULTICAST_LOOP, int32(0));
    set('IP_TOS', IPPROTO_IP, IP_TOS, int32(typeOfService));
    set('SO_PRIORITY', SOL_SOCKET, SO_PRIORITY, int32(sendPriority));
    set('IP_ADD_MEMBERSHIP', IPPROTO_IP, IP_ADD_MEMBERSHIP, membership(vrrpGroup, source, interfaceIndex));
  } catch (error) {
    close();
    throw error;
  }

  socket.on('message', (bytes) => {
    const packet = decodeIpv4(bytes);
    // raw-socket would swallow what a listener throws, and runs it outside of Node's microtask handling.
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

  const send = (payload: Buffer, destination: string): void => {
    const what = `send an advertisement on ${name}`;
    // raw-socket would open another, unbound socket.
    if (!isOpen) throw kernelError(what, constants.errno.EBADF);
    // The native call: the package's queue would wait for a turn of the loop, and for ever while packets keep arriving.
    attempt(what, () => socket.wrap.send(payload, 0, payload.length, destination, () => undefined));
  };

  return { send, close };
};
