// Many datagrams in one system call: sendmmsg(2) and recvmmsg(2), with buffers that are made once; and recvmsg(2) of the
// socket's error queue (ip(7), IP_RECVERR).

import { constants } from 'node:os';
import { isLittleEndian } from '../system/byte-order.ts';
import { kernelError } from '../system/error.ts';
import { koffi } from '../system/koffi.ts';
import { MSG_DONTWAIT } from '../system/libc.ts';

const libc = koffi.load(null);
const calls = {
  sendmmsg: libc.func('int sendmmsg(int fd, void *messages, unsigned int count, int flags)'),
  recvmmsg: libc.func('int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)'),
  recvmsg: libc.func('intptr_t recvmsg(int fd, void *message, int flags)'),
} as const;

const MSG_ERRQUEUE = 0x2000;
const { EAGAIN, EINTR } = constants.errno;

/** Messages a call. */
export const batchSize = 64;
const dataLimit = 128;
const controlLimit = 128;

/*
 * struct mmsghdr on 64-bit Linux: struct msghdr, and the length of a received message
 *   0      8             16          24              32        40               48      56       60
 *   | name | name length | io vector | vector length | control | control length | flags | length | pad |
 * struct iovec: pointer, length. struct cmsghdr: length (8), level (4), type (4), data.
 */
const messageSize = 64;
const lengthAt = 56;

const writeWord = (bytes: Buffer, value: bigint, at: number): void => {
  if (isLittleEndian) bytes.writeBigUInt64LE(value, at);
  else bytes.writeBigUInt64BE(value, at);
};
const write32 = (bytes: Buffer, value: number, at: number): void => {
  if (isLittleEndian) bytes.writeUInt32LE(value, at);
  else bytes.writeUInt32BE(value, at);
};
const read32 = (bytes: Buffer, at: number): number =>
  isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);

type Slab = { readonly messages: Buffer; readonly names: Buffer; readonly data: Buffer; readonly vectors: Buffer };

/** Buffers of `count` messages whose names are of one length. The kernel writes to all of them: keep the whole slab. */
const openSlab = (count: number, nameLength: number): Slab => {
  const [messages, names] = [Buffer.alloc(count * messageSize), Buffer.alloc(count * nameLength)];
  const [data, vectors] = [Buffer.alloc(count * dataLimit), Buffer.alloc(count * 16)];
  const [namesAt, dataAt, vectorsAt] = [names, data, vectors].map((bytes) => BigInt(koffi.address(bytes)));
  for (let index = 0; index < count; index += 1) {
    writeWord(vectors, (dataAt ?? 0n) + BigInt(index * dataLimit), index * 16);
    writeWord(vectors, BigInt(dataLimit), index * 16 + 8);
    writeWord(messages, (namesAt ?? 0n) + BigInt(index * nameLength), index * messageSize);
    write32(messages, nameLength, index * messageSize + 8);
    writeWord(messages, (vectorsAt ?? 0n) + BigInt(index * 16), index * messageSize + 16);
    writeWord(messages, 1n, index * messageSize + 24);
  }
  return { messages, names, data, vectors };
};

export type Outgoing = { readonly packet: Buffer; readonly to: Buffer };

export type Sent = {
  /** What the kernel refused: its errno, by index. */
  readonly refused: ReadonlyMap<number, number>;
  /** An error of an earlier packet came up, which the error queue explains. */
  readonly hasErrors: boolean;
};

/**
 * A socket with an error queue tells the error of one packet at the next call as well: a packet is refused only where the kernel
 * refuses it twice.
 * @param nameLength of the socket addresses, all of one family.
 * @returns a function that sends at most {@link batchSize} packets.
 */
export const openSender = (fd: number, nameLength: number): ((packets: readonly Outgoing[]) => Sent) => {
  const slab = openSlab(batchSize, nameLength);
  return (packets) => {
    for (const [index, { packet, to }] of packets.entries()) {
      packet.copy(slab.data, index * dataLimit);
      to.copy(slab.names, index * nameLength);
      writeWord(slab.vectors, BigInt(packet.length), index * 16 + 8);
    }
    const refused = new Map<number, number>();
    let [from, failedAt, hasErrors] = [0, -1, false];
    while (from < packets.length) {
      const rest = from === 0 ? slab.messages : slab.messages.subarray(from * messageSize);
      const count: number = calls.sendmmsg(fd, rest, packets.length - from, MSG_DONTWAIT);
      const errno = koffi.errno();
      if (count > 0) {
        from += count;
        hasErrors ||= from < packets.length;
      } else if (errno === EINTR) continue;
      else if (failedAt === from) {
        refused.set(from, errno);
        from += 1;
      } else [failedAt, hasErrors] = [from, true];
    }
    return { refused, hasErrors };
  };
};

export type Receive = (onMessage: (bytes: Buffer, from: Buffer) => void) => 'all' | 'error';

/**
 * @returns a function that reads all waiting messages, whose buffers are reused afterwards: 'error' where an error of the socket
 * came first, which the error queue explains.
 * @throws KernelError
 */
export const openReceiver = (fd: number, nameLength: number): Receive => {
  const slab = openSlab(batchSize, nameLength);
  return (onMessage) => {
    for (;;) {
      const count: number = calls.recvmmsg(fd, slab.messages, batchSize, MSG_DONTWAIT, null);
      if (count < 0) {
        const errno = koffi.errno();
        if (errno === EAGAIN) return 'all';
        if (errno === EINTR) continue;
        return 'error';
      }
      for (let index = 0; index < count; index += 1) {
        const length = Math.min(dataLimit, read32(slab.messages, index * messageSize + lengthAt));
        onMessage(
          slab.data.subarray(index * dataLimit, index * dataLimit + length),
          slab.names.subarray(index * nameLength, (index + 1) * nameLength),
        );
      }
      if (count < batchSize) return 'all';
    }
  };
};

/**
 * Reads the error queue of a socket with IP_RECVERR or IPV6_RECVERR.
 * @returns a function that calls back with each errno, the beginning of the packet that it is about, and the
 * ancillary data, which holds the sender.
 * @throws KernelError
 */
export const openErrorQueue = (
  fd: number,
): ((onError: (errno: number, packet: Buffer, control: Buffer) => void) => void) => {
  const slab = openSlab(1, 28);
  const control = Buffer.alloc(controlLimit);
  return (onError) => {
    for (;;) {
      writeWord(slab.messages, BigInt(koffi.address(control)), 32);
      writeWord(slab.messages, BigInt(controlLimit), 40);
      write32(slab.messages, 28, 8);
      const length: number = calls.recvmsg(fd, slab.messages, MSG_ERRQUEUE | MSG_DONTWAIT);
      if (length < 0) {
        const errno = koffi.errno();
        if (errno === EINTR) continue;
        if (errno === EAGAIN) return;
        throw kernelError('read the error queue', errno);
      }
      // struct sock_extended_err begins with its errno.
      onError(read32(control, 16), slab.data.subarray(0, Math.min(length, dataLimit)), control);
    }
  };
};
