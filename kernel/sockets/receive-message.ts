// recvmsg(2) for IPv6: reads a datagram's hop limit and destination, which recv(2) does not return.

import { constants } from 'node:os';
import { formatAddress } from '../../net/ip-address.ts';
import type { IpPacket } from '../../net/ipv4-packet.ts';
import { isLittleEndian } from '../system/byte-order.ts';
import { kernelError } from '../system/error.ts';
import { koffi } from '../system/koffi.ts';
import { MSG_DONTWAIT, setSocketOption } from '../system/libc.ts';

const libc = koffi.load(null);
const recvmsg = libc.func('intptr_t recvmsg(int fd, void *message, int flags)');

export const IPPROTO_IPV6 = 41;
const IPV6_RECVPKTINFO = 49;
const IPV6_PKTINFO = 50;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_HOPLIMIT = 52;
const MSG_TRUNC = 0x20;
const MSG_CTRUNC = 0x08;
const { EAGAIN, EINTR } = constants.errno;

const nameLength = 28;
const controlLength = 256;

const word = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  if (isLittleEndian) bytes.writeBigUInt64LE(value);
  else bytes.writeBigUInt64BE(value);
  return bytes;
};
const readWord = (bytes: Buffer, at: number): number =>
  Number(isLittleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
const readInt = (bytes: Buffer, at: number): number => (isLittleEndian ? bytes.readInt32LE(at) : bytes.readInt32BE(at));

/*
 * struct msghdr and struct cmsghdr on 64-bit Linux; every field of eight bytes, or padded to it
 *   0      8             16          24              32        40               48      56
 *   | name | name length | io vector | vector length | control | control length | flags |
 *   0        8       12     16
 *   | length | level | type | data | pad to 8 |       length counts the header
 */

/** Decodes ancillary data of the level IPv6, by type. Pure. */
export const decodeControl = (bytes: Buffer): ReadonlyMap<number, Buffer> => {
  const found = new Map<number, Buffer>();
  for (let at = 0; bytes.length - at >= 16; ) {
    const length = readWord(bytes, at);
    if (length < 16 || length > bytes.length - at) break;
    if (readInt(bytes, at + 8) === IPPROTO_IPV6)
      found.set(readInt(bytes, at + 12), bytes.subarray(at + 16, at + length));
    at += (length + 7) & ~7;
  }
  return found;
};

/** Why a datagram was dropped: longer than the buffer, or without the needed ancillary data. */
export type MessageDropReason = 'total-length' | 'short';

/**
 * Sets up a socket of AF_INET6 to receive hop limit and destination.
 * @returns a function that reads one datagram without blocking: undefined when none is waiting.
 * @throws KernelError
 */
export const receiverOf = (fd: number, limit: number): (() => IpPacket | MessageDropReason | undefined) => {
  setSocketOption(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  setSocketOption(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  const data = Buffer.alloc(limit);
  const name = Buffer.alloc(nameLength);
  const control = Buffer.alloc(controlLength);
  const vector = Buffer.concat([word(koffi.address(data)), word(BigInt(limit))]);
  // The kernel overwrites the lengths and flags, so each call starts from this copy.
  const fresh = Buffer.concat([
    word(koffi.address(name)),
    word(BigInt(nameLength)),
    word(koffi.address(vector)),
    word(1n),
    word(koffi.address(control)),
    word(BigInt(controlLength)),
    word(0n),
  ]);
  const message = Buffer.from(fresh);
  // Held here so that the buffers live as long as the function.
  const held = { data, name, control, vector };

  return () => {
    for (;;) {
      fresh.copy(message);
      const length: number = recvmsg(fd, message, MSG_DONTWAIT);
      if (length < 0) {
        const errno = koffi.errno();
        if (errno === EAGAIN) return undefined;
        if (errno === EINTR) continue;
        throw kernelError('receive', errno);
      }
      const flags = readInt(message, 48);
      if ((flags & MSG_TRUNC) !== 0) return 'total-length';
      const parts = decodeControl(held.control.subarray(0, readWord(message, 40)));
      const hopLimit = parts.get(IPV6_HOPLIMIT);
      const destination = parts.get(IPV6_PKTINFO);
      if ((flags & MSG_CTRUNC) !== 0 || hopLimit === undefined || destination === undefined) return 'short';
      return {
        // struct sockaddr_in6: family, port, flow, address, scope. struct in6_pktinfo: address, interface.
        source: formatAddress(held.name.subarray(8, 24)),
        destination: formatAddress(destination.subarray(0, 16)),
        ttl: readInt(hopLimit, 0),
        payload: Buffer.from(held.data.subarray(0, length)),
      };
    }
  };
};
