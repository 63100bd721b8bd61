// A socket for ICMP and ICMPv6 messages, by the package raw-socket.

import { constants } from 'node:os';
import { AddressFamily, createChecksum, createSocket, writeChecksum } from 'raw-socket';
import { messageOf } from '../../base/error.ts';
import { canonicalAddress, parseAddress } from '../../net/ip-address.ts';
import { decodeIpv4 } from '../../net/ipv4-packet.ts';
import { mayUseRawSockets } from '../system/capabilities.ts';
import { KernelError, kernelError } from '../system/error.ts';
import { errnoOf, int32 } from '../system/libc.ts';

export type IcmpSocketOptions = {
  readonly family: 4 | 6;
  /** The local address that messages leave from; the kernel's choice where absent. */
  readonly source?: string;
  /** An ICMP message without the IP header, and the address it came from. */
  readonly onMessage: (message: Buffer, source: string) => void;
  /** Receiving failed; the socket is of no more use. */
  readonly onError: (error: KernelError) => void;
  /** The type of message that is received; echo replies where absent. */
  readonly receives?: number;
};

export type IcmpSocket = {
  /** Hands one message to the kernel. @throws KernelError */
  send(message: Buffer, destination: string): void;
  close(): void;
};

const IPPROTO_IP = 0;
const IPPROTO_ICMP = 1;
const IPPROTO_IPV6 = 41;
const IPPROTO_ICMPV6 = 58;
const SOL_RAW = 255;
const IP_HDRINCL = 3;
const ICMP_FILTER = 1;
const ICMP6_FILTER = 1;
const IPV6_HDRINCL = 36;
const SO_RCVBUF = 8;
const SOL_SOCKET = 1;
const echoReply = { 4: 0, 6: 129 } as const;
const receiveBuffer = 1024 * 1024;

/** raw-socket reports strerror's text alone: finds its errno again. */
const translate = (operation: string, error: unknown): KernelError => {
  const text = messageOf(error);
  const errno = errnoOf(text);
  return errno === undefined ? new KernelError(operation, 'unknown', text) : kernelError(operation, errno);
};

/** A mask that blocks every type of message but one. */
const blockAllBut = (family: 4 | 6, type: number): Buffer => {
  if (family === 4) return int32(~(1 << type));
  const words = Array.from({ length: 8 }, () => ~0);
  words[type >> 5] = ~(1 << (type & 31));
  return Buffer.concat(words.map(int32));
};

/** RFC 791, section 3.1; the kernel fills in total length, identification and checksum (raw(7)). */
const ipv4Header = (source: Buffer, destination: Buffer): Buffer => {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header[8] = 64;
  header[9] = IPPROTO_ICMP;
  source.copy(header, 12);
  destination.copy(header, 16);
  return header;
};

/** RFC 8200, section 3, with the checksum over the addresses (section 8.1) that the kernel leaves out under IPV6_HDRINCL. */
const ipv6Packet = (source: Buffer, destination: Buffer, message: Buffer): Buffer => {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(message.length, 4);
  header[6] = IPPROTO_ICMPV6;
  header[7] = 64;
  source.copy(header, 8);
  destination.copy(header, 24);
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(message.length);
  tail[7] = IPPROTO_ICMPV6;
  const summed = Buffer.from(message);
  summed.writeUInt16BE(0, 2);
  writeChecksum(summed, 2, createChecksum(Buffer.concat([source, destination, tail, summed])));
  return Buffer.concat([header, summed]);
};

/** raw-socket has no bind: to leave from a given address, a packet brings its own header. */
const withHeader = (family: 4 | 6, source: Buffer, destination: Buffer, message: Buffer): Buffer =>
  family === 4 ? Buffer.concat([ipv4Header(source, destination), message]) : ipv6Packet(source, destination, message);

/** Opens a socket in the network namespace of this thread. @throws KernelError: EPERM without CAP_NET_RAW. */
export const openIcmpSocket = (options: IcmpSocketOptions): IcmpSocket => {
  const { family, source, onMessage, onError, receives = echoReply[family] } = options;
  const name = family === 4 ? 'ICMP' : 'ICMPv6';
  // raw-socket would fall back to SOCK_DGRAM, which renames what it sends, without saying so.
  if (!mayUseRawSockets()) throw kernelError(`open an ${name} socket`, constants.errno.EPERM, 'CAP_NET_RAW is missing');
  const attempt = <Value>(what: string, action: () => Value): Value => {
    try {
      return action();
    } catch (error) {
      throw translate(what, error);
    }
  };
  const socket = attempt(`open an ${name} socket`, () =>
    createSocket({
      protocol: family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
      addressFamily: family === 4 ? AddressFamily.IPv4 : AddressFamily.IPv6,
      bufferSize: 65_535,
    }),
  );
  let isOpen = true;
  const close = (): void => {
    if (isOpen) socket.close();
    isOpen = false;
  };
  const set = (label: string, level: number, option: number, value: Buffer): void =>
    attempt(`set ${label}`, () => socket.setOption(level, option, value, value.length));
  const from = source === undefined ? undefined : parseAddress(source);
  try {
    set('SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, int32(receiveBuffer));
    if (family === 4) set('ICMP_FILTER', SOL_RAW, ICMP_FILTER, blockAllBut(4, receives));
    else set('ICMP6_FILTER', IPPROTO_ICMPV6, ICMP6_FILTER, blockAllBut(6, receives));
    if (from !== undefined && family === 4) set('IP_HDRINCL', IPPROTO_IP, IP_HDRINCL, int32(1));
    if (from !== undefined && family === 6) set('IPV6_HDRINCL', IPPROTO_IPV6, IPV6_HDRINCL, int32(1));
  } catch (error) {
    close();
    throw error;
  }

  socket.on('message', (bytes, sender) => {
    const packet = family === 4 ? decodeIpv4(bytes) : { payload: Buffer.from(bytes), source: canonicalAddress(sender) };
    if (typeof packet === 'string') return;
    // raw-socket would swallow what a listener throws, and runs it outside of Node's microtask handling.
    setImmediate(() => {
      if (isOpen) onMessage(packet.payload, packet.source);
    });
  });
  socket.on('error', (error) => {
    setImmediate(() => {
      if (isOpen) onError(translate(`receive ${name}`, error));
    });
  });
  socket.on('close', () => {
    isOpen = false;
  });

  const send = (message: Buffer, destination: string): void => {
    const what = `send ${name} to ${destination}`;
    // raw-socket would open another socket.
    if (!isOpen) throw kernelError(what, constants.errno.EBADF);
    const to = parseAddress(destination);
    if (to === undefined) throw kernelError(what, constants.errno.EINVAL);
    const packet = from === undefined ? message : withHeader(family, from, to, message);
    attempt(what, () => socket.wrap.send(packet, 0, packet.length, destination, () => undefined));
  };
  return { send, close };
};
