// A socket for ICMP and ICMPv6 messages.

import type { IpAddress } from '../../net/ip-address.ts';
import { decodeIpv4, encodeIpv4Header, type IpHeader } from '../../net/ipv4-packet.ts';
import { encodeIpv6Header, ipv6Checksum } from '../../net/ipv6-packet.ts';
import { asPartOf, asRefusalOf, type KernelError } from '../system/error.ts';
import { int32 } from '../system/libc.ts';
import { openRawSocket } from './open-raw-socket.ts';

export type IcmpSocketOptions = {
  readonly family: 4 | 6;
  /** The local source address; the kernel's choice where absent. */
  readonly source?: IpAddress;
  /** An ICMP message without the IP header, and its source address. */
  readonly onMessage: (message: Buffer, source: IpAddress) => void;
  /** Receiving failed; the socket is no longer usable. */
  readonly onError: (error: KernelError) => void;
  /** The received message type; echo replies where absent. */
  readonly receives?: number;
};

export type IcmpSocket = {
  /** Passes one message to the kernel. @throws KernelError */
  send(message: Buffer, destination: IpAddress): void;
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
const hopLimit = 64;

/** A filter that blocks all message types but one. */
const blockAllBut = (family: 4 | 6, type: number): Buffer => {
  if (family === 4) return int32(~(1 << type));
  const words = Array.from({ length: 8 }, () => ~0);
  words[type >> 5] = ~(1 << (type & 31));
  return Buffer.concat(words.map(int32));
};

/** The socket is not bound: a packet with a given source address needs its own header. */
const withHeader = (family: 4 | 6, source: IpAddress, destination: IpAddress, message: Buffer): Buffer => {
  const protocol = family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  const header: IpHeader = { source, destination, ttl: hopLimit, protocol, trafficClass: 0 };
  if (family === 4) return Buffer.concat([encodeIpv4Header(header, message.length), message]);
  // The kernel does not fill in the checksum under IPV6_HDRINCL.
  const summed = Buffer.from(message);
  summed.writeUInt16BE(0, 2);
  summed.writeUInt16BE(ipv6Checksum(header, summed), 2);
  return Buffer.concat([encodeIpv6Header(header, summed.length), summed]);
};

/** A message and its source; undefined for an incomplete packet. Over IPv6 there is no header. */
const decode = (
  family: 4 | 6,
  bytes: Buffer,
  source: IpAddress | undefined,
): { readonly payload: Buffer; readonly source: IpAddress } | undefined => {
  if (family === 6) return source && { payload: Buffer.from(bytes), source };
  const packet = decodeIpv4(bytes);
  return typeof packet === 'string' ? undefined : packet;
};

/** Opens a socket in this thread's network namespace. @throws KernelError: EPERM without CAP_NET_RAW. */
export const openIcmpSocket = (options: IcmpSocketOptions, open = openRawSocket): IcmpSocket => {
  const { family, source, onMessage, onError, receives = echoReply[family] } = options;
  const name = family === 4 ? 'ICMP' : 'ICMPv6';
  const socket = asPartOf(`open an ${name} socket`, () =>
    open({
      family,
      protocol: family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
      onPacket: (bytes, sender) => {
        const message = decode(family, bytes, sender);
        if (message !== undefined) onMessage(message.payload, message.source);
      },
      onError: (error) => onError(asRefusalOf(`receive ${name}`, error)),
    }),
  );
  const set = (label: string, level: number, option: number, value: Buffer): void =>
    asPartOf(`set ${label}`, () => socket.setOption(level, option, value));
  try {
    set('SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, int32(receiveBuffer));
    if (family === 4) set('ICMP_FILTER', SOL_RAW, ICMP_FILTER, blockAllBut(4, receives));
    else set('ICMP6_FILTER', IPPROTO_ICMPV6, ICMP6_FILTER, blockAllBut(6, receives));
    if (source !== undefined && family === 4) set('IP_HDRINCL', IPPROTO_IP, IP_HDRINCL, int32(1));
    if (source !== undefined && family === 6) set('IPV6_HDRINCL', IPPROTO_IPV6, IPV6_HDRINCL, int32(1));
  } catch (error) {
    socket.close();
    throw error;
  }

  const send = (message: Buffer, destination: IpAddress): void => {
    const packet = source === undefined ? message : withHeader(family, source, destination, message);
    asPartOf(`send ${name} to ${destination}`, () => socket.send(packet, destination));
  };
  return { send, close: socket.close };
};
