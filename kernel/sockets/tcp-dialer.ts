// Many short TCP connections: begun without waiting, polled together, and reset once established. A Node socket costs three times
// the processor time of such a connection. A socket that has no connection any more is used for the next one, which halves the
// system calls.

import { constants } from 'node:os';
import type { IpAddress } from '../../net/ip-address.ts';
import { isLittleEndian } from '../system/byte-order.ts';
import { KernelError, kernelError } from '../system/error.ts';
import { koffi } from '../system/koffi.ts';
import {
  AF_INET,
  AF_INET6,
  closeDescriptor,
  interfaceIndex,
  openPoll,
  openSocket,
  SOL_SOCKET,
} from '../system/libc.ts';
import { callBack, createLooking, type Destination, type Dialer, type Dialled } from './dialer.ts';
import { parseSocketAddress } from './socket-address.ts';

const libc = koffi.load(null);
const calls = {
  connect: libc.func('int connect(int fd, const void *address, uint32_t length)'),
  bind: libc.func('int bind(int fd, const void *address, uint32_t length)'),
  getsockopt: libc.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
  setsockopt: libc.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
  epollControl: libc.func('int epoll_ctl(int epoll, int operation, int fd, void *event)'),
  epollWait: libc.func('int epoll_wait(int epoll, void *events, int count, int timeout)'),
} as const;

const { EINPROGRESS, EINVAL, EINTR } = constants.errno;
const SOCK_STREAM = 1;
const SO_ERROR = 4;
const SO_LINGER = 13;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCP_ESTABLISHED = 1;
const EPOLL_CTL_ADD = 1;
const EPOLLOUT = 4;
/** Reports each change once, whatever becomes of the socket: it is never armed again. */
const EPOLLET = 1 << 31;

// struct tcp_info (linux/tcp.h): u8 state first, u32 rtt in microseconds, u32 total_retrans.
const infoLength = 104;
const roundTripAt = 68;
const retransmissionsAt = 100;

// struct epoll_event: u32 events, u64 data; packed on x86-64 alone (sys/epoll.h).
const dataAt = process.arch === 'x64' ? 4 : 8;
const eventSize = dataAt + 8;
const descriptorAt = dataAt + (isLittleEndian ? 0 : 4);
const eventsAtOnce = 256;

const write32 = (bytes: Buffer, value: number, at: number): void => {
  if (isLittleEndian) bytes.writeInt32LE(value, at);
  else bytes.writeInt32BE(value, at);
};
const read32 = (bytes: Buffer, at: number): number => (isLittleEndian ? bytes.readInt32LE(at) : bytes.readInt32BE(at));

// struct sockaddr_in6: family, port, flow, address, scope.
const scopeAt = 24;

/** AF_UNSPEC, which resets the connection of a socket and frees its address and port (connect(2)). */
const nowhere = Buffer.alloc(16);

export type TcpDialerOptions = {
  /** Sockets that are kept for the next connections. */
  readonly mostIdle?: number;
  /** The index of an interface by its name. */
  readonly scopeOf?: (name: string) => number | undefined;
};

export const openTcpDialer = ({ mostIdle = 128, scopeOf = interfaceIndex }: TcpDialerOptions = {}): Dialer => {
  const epoll = openPoll();
  // One of each is enough: the calls are synchronous.
  const event = Buffer.alloc(eventSize);
  const events = Buffer.alloc(eventSize * eventsAtOnce);
  const [value, length, info] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(infoLength)];
  const linger = Buffer.alloc(8);
  write32(linger, 1, 0);
  /**
   * By descriptor. A list: a Map that is laid out anew leaves its former table in the old generation, which keeps all that the
   * connections of that moment hold until a full collection.
   */
  const pending: (((how: Dialled) => void) | undefined)[] = [];
  let pendingCount = 0;
  /** The address family of each socket that may be used again. A socket would keep a chosen source and a scope: those are closed. */
  const plain = new Map<number, number>();
  const idle = new Map<number, number[]>([
    [AF_INET, []],
    [AF_INET6, []],
  ]);
  /** Cached for destinations that are dialled repeatedly. */
  const addresses = new WeakMap<Destination, Buffer>();

  const ask = (fd: number, level: number, name: number, answer: Buffer): void => {
    write32(length, answer.length, 0);
    if (calls.getsockopt(fd, level, name, answer, length) < 0) throw kernelError('look at a connection', koffi.errno());
  };

  const judge = (fd: number): Dialled => {
    ask(fd, IPPROTO_TCP, TCP_INFO, info);
    if (info[0] === TCP_ESTABLISHED) {
      const roundTrip = read32(info, roundTripAt) / 1000;
      const isMeasured = read32(info, retransmissionsAt) === 0 && roundTrip > 0;
      return isMeasured ? { ok: true, roundTrip } : { ok: true };
    }
    ask(fd, SOL_SOCKET, SO_ERROR, value);
    const errno = read32(value, 0);
    // A connection that was established and already closed by the other end has no error.
    return errno === 0 ? { ok: true } : { ok: false, error: kernelError('connect', errno) };
  };

  const take = (fd: number): ((how: Dialled) => void) | undefined => {
    const done = pending[fd];
    if (done !== undefined) pendingCount -= 1;
    pending[fd] = undefined;
    return done;
  };

  const close = (fd: number): void => {
    plain.delete(fd);
    closeDescriptor(fd);
  };

  /** Ends what is left of a connection. */
  const reset = (fd: number, isEstablished: boolean): void => {
    const kept = isEstablished ? idle.get(plain.get(fd) ?? 0) : undefined;
    if (kept !== undefined && kept.length < mostIdle && calls.connect(fd, nowhere, nowhere.length) === 0) {
      kept.push(fd);
      return;
    }
    calls.setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, linger.length);
    close(fd);
  };

  const look = (): void => {
    for (;;) {
      const count: number = calls.epollWait(epoll, events, eventsAtOnce, 0);
      if (count < 0 && koffi.errno() !== EINTR) throw kernelError('wait for connections', koffi.errno());
      for (let index = 0; index < count; index += 1) {
        const fd = read32(events, index * eventSize + descriptorAt);
        const done = take(fd);
        // Ended by a callback of this round.
        if (done === undefined) continue;
        const how = judge(fd);
        reset(fd, how.ok);
        callBack(done, how);
      }
      if (count < eventsAtOnce) return;
    }
  };

  const looking = createLooking(look, () => pendingCount > 0);

  const begin = (fd: number, to: Buffer): void => {
    if (calls.connect(fd, to, to.length) < 0 && koffi.errno() !== EINPROGRESS)
      throw kernelError('connect', koffi.errno());
  };

  const watch = (fd: number): void => {
    write32(event, EPOLLOUT | EPOLLET, 0);
    write32(event, fd, descriptorAt);
    if (calls.epollControl(epoll, EPOLL_CTL_ADD, fd, event) < 0) throw kernelError('watch a connection', koffi.errno());
  };

  /** @returns the descriptor @throws KernelError where the connection cannot be begun */
  const open = (destination: Destination, source: IpAddress | undefined): number => {
    const { address, port } = destination;
    const to = addresses.get(destination) ?? parseSocketAddress(address, port, scopeOf);
    const from = source === undefined ? undefined : parseSocketAddress(source, 0, scopeOf);
    if (to !== undefined) addresses.set(destination, to);
    if (to === undefined || (source !== undefined && from === undefined))
      throw kernelError(`connect to ${address}`, EINVAL, 'not an IP address');
    // The family is in the first two bytes.
    const family = isLittleEndian ? to.readUInt16LE(0) : to.readUInt16BE(0);
    const isPlain = from === undefined && (family === AF_INET || read32(to, scopeAt) === 0);
    const kept = isPlain ? idle.get(family)?.pop() : undefined;
    const fd = kept ?? openSocket(family, SOCK_STREAM, 0);
    try {
      if (from !== undefined && calls.bind(fd, from, from.length) < 0)
        throw kernelError('bind a socket', koffi.errno());
      begin(fd, to);
      if (kept === undefined) watch(fd);
      if (isPlain) plain.set(fd, family);
      return fd;
    } catch (error) {
      close(fd);
      throw error;
    }
  };

  return {
    dial: (to, source, done) => {
      try {
        const fd = open(to, source);
        pending[fd] = done;
        pendingCount += 1;
        looking.soon();
        return () => {
          // The descriptor may have been reused by now.
          if (pending[fd] !== done) return;
          take(fd);
          close(fd);
        };
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        const refusal = setImmediate(done, { ok: false, error });
        return () => clearImmediate(refusal);
      }
    },
  };
};
