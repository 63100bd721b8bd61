// System calls without a package, bound by koffi. Each wrapper throws a KernelError; EAGAIN is a value.

import { constants } from 'node:os';
import { isLittleEndian } from './byte-order.ts';
import { kernelError } from './error.ts';
import { koffi } from './koffi.ts';

// The running program's own symbols: the libc that Node is linked with.
const libc = koffi.load(null);
const calls = {
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  flock: libc.func('int flock(int fd, int operation)'),
  bind: libc.func('int bind(int fd, const void *address, uint32_t length)'),
  getsockname: libc.func('int getsockname(int fd, void *address, void *length)'),
  setsockopt: libc.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
  getsockopt: libc.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
  sendto: libc.func(
    'intptr_t sendto(int fd, const void *bytes, size_t length, int flags, const void *address, uint32_t size)',
  ),
  recvfrom: libc.func('intptr_t recvfrom(int fd, void *bytes, size_t length, int flags, void *address, void *size)'),
  poll: libc.func('int poll(void *entries, unsigned long count, int timeout)'),
  close: libc.func('int close(int fd)'),
  nameToIndex: libc.func('unsigned int if_nametoindex(const char *name)'),
  indexToName: libc.func('void *if_indextoname(unsigned int index, void *name)'),
  ioctl: libc.func('int ioctl(int fd, unsigned long operation, void *argument)'),
  syscall: libc.func('long syscall(long number, int first, unsigned int second)'),
  strerror: libc.func('const char *strerror(int errno)'),
  eventfd: libc.func('int eventfd(unsigned int value, int flags)'),
  read: libc.func('intptr_t read(int fd, void *bytes, size_t length)'),
  write: libc.func('intptr_t write(int fd, const void *bytes, size_t length)'),
  mlock2: libc.func('int mlock2(uintptr_t address, size_t length, int flags)'),
  epollCreate: libc.func('int epoll_create1(int flags)'),
  epollControl: libc.func('int epoll_ctl(int epoll, int operation, int fd, void *event)'),
  signal: libc.func('void *signal(int number, uintptr_t handler)'),
  epollWait: libc.func('int epoll_wait(int epoll, void *events, int count, int timeout)'),
} as const;

/** Numbers from the kernel's headers (the same on x86-64 and arm64). */
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
export const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
const POLLIN = 1;

const { EAGAIN, EINTR } = constants.errno;

const must = (operation: string, result: number): number => {
  if (result < 0) throw kernelError(operation, koffi.errno());
  return result;
};

/** A 32-bit integer in machine order, as in most socket options. */
export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  if (isLittleEndian) bytes.writeInt32LE(value);
  else bytes.writeInt32BE(value);
  return bytes;
};

/** socket(2), close-on-exec and non-blocking. */
export const openSocket = (domain: number, type: number, protocol: number): number =>
  must('open a socket', calls.socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));

/** bind(2) to a raw sockaddr. */
export const bindSocket = (fd: number, address: Buffer): void => {
  must('bind a socket', calls.bind(fd, address, address.length));
};

/** getsockname(2) as a raw sockaddr of at most 128 bytes. */
export const socketName = (fd: number): Buffer => {
  const address = Buffer.alloc(128);
  must('read a socket’s address', calls.getsockname(fd, address, int32(address.length)));
  return address;
};

/** setsockopt(2); a number is passed as an int. */
export const setSocketOption = (fd: number, level: number, name: number, value: number | Buffer): void => {
  const bytes = typeof value === 'number' ? int32(value) : value;
  must(`set socket option ${level}/${name}`, calls.setsockopt(fd, level, name, bytes, bytes.length));
};

/** Packets that a socket has dropped: by its filter, or because its buffer was full (SO_MEMINFO, sock_diag(7)). */
export const refusedBy = (fd: number): number => {
  const drops = 8;
  const values = Buffer.alloc(4 * (drops + 1));
  must('count refused packets', calls.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, int32(values.length)));
  return isLittleEndian ? values.readUInt32LE(4 * drops) : values.readUInt32BE(4 * drops);
};

/**
 * Asks for a large receive buffer: beyond the system's limit where CAP_NET_ADMIN allows it, otherwise up to that limit.
 * @param size in bytes; the kernel doubles it for its own book-keeping (socket(7)).
 */
export const setReceiveBuffer = (fd: number, size: number): void => {
  const value = int32(size);
  if (calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, value, 4) < 0) setSocketOption(fd, SOL_SOCKET, SO_RCVBUF, size);
};

/** sendto(2), never blocking; without an address it is send(2). @returns the number of bytes taken. */
export const sendTo = (fd: number, bytes: Buffer, address?: Buffer): number =>
  must(
    'send',
    calls.sendto(fd, bytes, bytes.length, MSG_DONTWAIT, address ?? null, address === undefined ? 0 : address.length),
  );

/**
 * send(2) in a thread of Node's pool, for calls in which the kernel may have to wait for locks.
 * @param done called on the main thread with whether the kernel took all of it.
 */
export const sendSoon = (fd: number, bytes: Buffer, done: (isSent: boolean) => void): void => {
  calls.sendto.async(fd, bytes, bytes.length, MSG_DONTWAIT, null, 0, (failure: unknown, count: number) =>
    done(failure === null && count === bytes.length),
  );
};

/**
 * recvfrom(2), never blocking.
 * @param sender filled with the sender's raw sockaddr.
 * @returns the datagram's full length, more than the buffer's when it was cut; undefined when none is waiting.
 */
export const receive = (fd: number, buffer: Buffer, sender?: Buffer): number | undefined => {
  for (;;) {
    const size = sender === undefined ? null : int32(sender.length);
    const flags = MSG_DONTWAIT | MSG_TRUNC;
    const length: number = calls.recvfrom(fd, buffer, buffer.length, flags, sender ?? null, size);
    if (length >= 0) return length;
    const errno = koffi.errno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw kernelError('receive', errno);
  }
};

/** poll(2) on one descriptor. @returns whether it became readable (or failed) within `timeout` milliseconds. */
export const isReadable = (fd: number, timeout: number): boolean => {
  // struct pollfd: int fd, short events, short revents.
  const entry = Buffer.concat([int32(fd), isLittleEndian ? Buffer.from([POLLIN, 0, 0, 0]) : Buffer.from([0, 1, 0, 0])]);
  const count: number = calls.poll(entry, 1, timeout);
  if (count < 0 && koffi.errno() !== EINTR) throw kernelError('poll', koffi.errno());
  return count > 0;
};

/** close(2). */
export const closeDescriptor = (fd: number): void => {
  must('close a descriptor', calls.close(fd));
};

/** The index of an interface of this network namespace; undefined where there is no such name. */
export const interfaceIndex = (name: string): number | undefined => calls.nameToIndex(name) || undefined;

/** The name of an interface of this network namespace; undefined where there is no such index. */
export const interfaceName = (index: number): string | undefined => {
  const name = Buffer.alloc(16);
  return calls.indexToName(index, name) === null ? undefined : name.toString('utf8', 0, name.indexOf(0));
};

// struct ifreq (netdevice(7)): the name in 16 bytes, then the index.
const SIOCGIFNAME = 0x8910;
const SIOCGIFINDEX = 0x8933;
const requestLength = 40;

/** As {@link interfaceIndex}, in the namespace of an open socket: needs no descriptor, of which there may be none left. */
export const interfaceIndexAt = (fd: number, name: string): number | undefined => {
  const request = Buffer.alloc(requestLength);
  if (request.write(name) > 15 || calls.ioctl(fd, SIOCGIFINDEX, request) < 0) return undefined;
  return isLittleEndian ? request.readInt32LE(16) : request.readInt32BE(16);
};

/** As {@link interfaceName}, in the namespace of an open socket. */
export const interfaceNameAt = (fd: number, index: number): string | undefined => {
  const request = Buffer.alloc(requestLength);
  int32(index).copy(request, 16);
  if (calls.ioctl(fd, SIOCGIFNAME, request) < 0) return undefined;
  return request.toString('utf8', 0, request.indexOf(0));
};

/** The errno with libc's description `text`, for packages that report only the text; undefined for other text. */
export const errnoOf = (text: string): number | undefined =>
  Object.values(constants.errno).find((errno) => calls.strerror(errno) === text);

// The same number on every architecture (since 2019); older libraries lack the function.
const SYS_pidfd_open = 434;

/** pidfd_open(2): a descriptor that becomes readable when the process ends; undefined when it has already ended. */
export const openProcess = (pid: number): number | undefined => {
  const fd = Number(calls.syscall(SYS_pidfd_open, pid, 0));
  if (fd >= 0) return fd;
  if (koffi.errno() === constants.errno.ESRCH) return undefined;
  throw kernelError(`watch process ${pid}`, koffi.errno());
};

const MLOCK_ONFAULT = 1;

/** mlock2(2) of the pages from an address on: pages in use at once, others at their first use. @param length in bytes */
export const lockPages = (address: bigint, length: number): void => {
  must('lock memory', calls.mlock2(address, length, MLOCK_ONFAULT));
};

/** eventfd(2), non-blocking and close-on-exec. */
export const openEvent = (): number => must('open an eventfd', calls.eventfd(0, SOCK_CLOEXEC | SOCK_NONBLOCK));

/** Makes an eventfd readable. */
export const signalEvent = (fd: number): void => {
  const one = Buffer.alloc(8);
  one[isLittleEndian ? 0 : 7] = 1;
  must('signal an eventfd', calls.write(fd, one, 8));
};

/** Makes an eventfd unreadable again. */
export const clearEvent = (fd: number): void => {
  const result: number = calls.read(fd, Buffer.alloc(8), 8);
  if (result < 0 && koffi.errno() !== EAGAIN) throw kernelError('read an eventfd', koffi.errno());
};

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;
const EPOLLONESHOT = 1 << 30;

// struct epoll_event: u32 events, u64 data; packed on x86-64 alone (sys/epoll.h).
const dataOffset = process.arch === 'x64' ? 4 : 8;
const eventSize = dataOffset + 8;

/** epoll_create1(2). */
export const openPoll = (): number => must('open an epoll set', calls.epollCreate(SOCK_CLOEXEC));

const control = (operation: string, epoll: number, code: number, fd: number, once: boolean): void => {
  const event = Buffer.alloc(eventSize);
  int32(EPOLLIN | (once ? EPOLLONESHOT : 0)).copy(event);
  int32(fd).copy(event, dataOffset + (isLittleEndian ? 0 : 4));
  must(operation, calls.epollControl(epoll, code, fd, event));
};

/** Adds a descriptor to an epoll set; with `once` it is reported once and then waits for {@link rearmPoll}. */
export const addToPoll = (epoll: number, fd: number, once: boolean): void =>
  control('watch a descriptor', epoll, EPOLL_CTL_ADD, fd, once);

/** Lets a descriptor added with `once` be reported again. */
export const rearmPoll = (epoll: number, fd: number): void =>
  control('watch a descriptor again', epoll, EPOLL_CTL_MOD, fd, true);

/** Removes a descriptor from an epoll set. */
export const removeFromPoll = (epoll: number, fd: number): void =>
  control('stop watching a descriptor', epoll, EPOLL_CTL_DEL, fd, false);

/** Waits on an epoll set in a thread of Node's pool, without a timeout; calls back with the readable descriptors. */
export const waitForPoll = (epoll: number, done: (descriptors: number[]) => void): void => {
  const events = Buffer.alloc(eventSize * 64);
  calls.epollWait.async(epoll, events, 64, -1, (_failure: unknown, count: number) => {
    const descriptors: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const at = index * eventSize + dataOffset;
      descriptors.push(isLittleEndian ? events.readInt32LE(at) : events.readInt32BE(at + 4));
    }
    done(descriptors);
  });
};

/** flock(2) with LOCK_EX | LOCK_NB: exclusive, without waiting. @returns 0, or the errno. */
export const lockDescriptor = (fd: number): number => (calls.flock(fd, 6) === 0 ? 0 : koffi.errno());

const SIG_IGN = 1;

/**
 * Ignores the real-time signals: they end a process by default, and Node cannot handle them. Programs that are started then
 * ignore them, too (execve(2)).
 */
export const ignoreRealTimeSignals = (): void => {
  // The first two belong to the C library (signal(7)).
  for (let number = 34; number <= 64; number += 1) calls.signal(number, SIG_IGN);
};
