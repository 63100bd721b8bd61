// A synchronous netlink socket: a batch is one send, and the kernel's answers are queued when it returns.

import { constants } from 'node:os';
import { asRefusalOf, KernelError, kernelError } from '../system/error.ts';
import {
  closeDescriptor,
  interfaceIndexAt,
  interfaceNameAt,
  isReadable,
  receive,
  sendSoon,
  sendTo,
  setSocketOption,
  socketName,
} from '../system/libc.ts';
import { copyOf, errorOf } from './answer.ts';
import {
  encodeMessage,
  type Message,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  readU32,
} from './codec.ts';
import { openNetlinkDescriptor, receiveMessages, SOL_NETLINK } from './descriptor.ts';
import { type Request, type Result, windowsOf } from './request.ts';

export const NETLINK_ROUTE = 0;
export const NETLINK_GENERIC = 16;
const NETLINK_GET_STRICT_CHK = 12;

export type NetlinkSocket = {
  /**
   * Sends requests, at most 64 in one system call, and reads their acknowledgements.
   * @returns one result a request, in order; the kernel does the others even where one fails. An answer lost to a full buffer is
   * an error with the code ENOBUFS: its outcome is unknown, read the table again.
   */
  request(requests: readonly Request[]): Result[];
  /**
   * Like `request`, but in a thread of Node's pool, so that the caller goes on while the kernel waits for its locks. Later
   * requests on this socket wait for it first.
   * @param done called once, with one result a request: in a later turn, in `settle`, or at once without requests.
   */
  requestSoon(requests: readonly Request[], done: (results: Result[]) => void): void;
  /** Waits for requests made by `requestSoon`. */
  settle(): void;
  /**
   * Reads a table, again when it changed meanwhile.
   * @throws KernelError when the kernel refuses, loses messages (ENOBUFS), or the table keeps changing (EINTR).
   */
  dump(request: Request): Message[];
  /** The index of an interface, and the name of one; undefined where there is none. They need no further descriptor. */
  interfaceIndex(name: string): number | undefined;
  interfaceName(index: number): string | undefined;
  close(): void;
};

// Dumps come in parts of at most 32 KiB; a single message may be larger (a link with many virtual functions).
const datagramLimit = 256 * 1024;
// In milliseconds. The kernel answers inside the send; this limit is for a kernel that does not.
const patience = 1000;
const dumpAttempts = 20;

const { ENOBUFS, ETIMEDOUT, EINTR } = constants.errno;

type Exchange = { readonly bytes: Buffer; readonly collect: (send: () => void) => Result[] };

/**
 * Opens a netlink socket.
 * @param protocol NETLINK_ROUTE or NETLINK_GENERIC.
 * @param filtersDumps whether a dump lists only entries that match its header (Linux 4.20).
 * @throws KernelError
 */
export const openNetlink = (
  protocol: number,
  { filtersDumps = false }: { readonly filtersDumps?: boolean } = {},
): NetlinkSocket => {
  const fd = openNetlinkDescriptor(protocol);
  if (filtersDumps) setSocketOption(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
  const portId = readU32(socketName(fd), 4);
  const buffer = Buffer.alloc(datagramLimit);
  let sequence = 0;

  const nextSequence = (): number => {
    sequence = (sequence + 1) >>> 0 || 1;
    return sequence;
  };

  /** The next datagram's messages for this socket; waits only where the kernel has not answered inside the send. */
  const next = (operation: string): Message[] => {
    const messages = receiveMessages(fd, buffer);
    if (messages !== undefined) return messages.filter((message) => message.portId === portId);
    if (!isReadable(fd, patience)) throw kernelError(operation, ETIMEDOUT, 'netlink did not answer');
    return [];
  };

  /** Discards queued messages, so that the next exchange starts clean; its sequence numbers are new anyway. */
  const drain = (): void => {
    for (;;) {
      try {
        if (receive(fd, buffer) === undefined) return;
      } catch (error) {
        if (!(error instanceof KernelError) || error.code !== 'ENOBUFS') throw error;
      }
    }
  };

  /** Encodes requests and prepares reading their results; `send` sends them. */
  const prepare = (window: readonly Request[]): Exchange => {
    const order = window.map(nextSequence);
    const bytes = window.map(({ type, flags = 0, payload }, index) =>
      encodeMessage({
        type,
        // The kernel answers in order, and refusals always: the last answer tells that the others have succeeded.
        flags: flags | NLM_F_REQUEST | (index === window.length - 1 ? NLM_F_ACK : 0),
        sequence: order[index] ?? 0,
        portId: 0,
        payload,
      }),
    );
    const operations = new Map(order.map((number, index) => [number, window[index]?.operation ?? '']));
    const collect = (send: () => void): Result[] => {
      const replies = new Map<number, Message[]>(order.map((number) => [number, []]));
      const results = new Map<number, Result>();
      let failure: KernelError | undefined;
      try {
        send();
        while (!results.has(order.at(-1) ?? 0)) {
          for (const message of next(window[0]?.operation ?? '')) {
            const operation = operations.get(message.sequence);
            // An answer to an earlier exchange that was abandoned.
            if (operation === undefined) continue;
            if (message.type === NLMSG_ERROR) {
              const error = errorOf(operation, message);
              const got = replies.get(message.sequence) ?? [];
              results.set(message.sequence, error === undefined ? { ok: true, replies: got } : { ok: false, error });
            } else replies.get(message.sequence)?.push(copyOf(message));
          }
        }
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        failure = error;
        drain();
      }
      return order.map((number, index) => {
        const known = results.get(number);
        if (known !== undefined) return known;
        if (failure === undefined) return { ok: true, replies: replies.get(number) ?? [] };
        const { operation = '' } = window[index] ?? {};
        return { ok: false, error: asRefusalOf(operation, failure) };
      });
    };
    return { bytes: Buffer.concat(bytes), collect };
  };

  const exchange = (window: readonly Request[]): Result[] => {
    const { bytes, collect } = prepare(window);
    return collect(() => sendTo(fd, bytes));
  };

  /** Finishes the thread's exchange by reading its answers here. */
  let pending: (() => void) | undefined;
  const settle = (): void => pending?.();

  const requestSoon = (requests: readonly Request[], done: (results: Result[]) => void): void => {
    settle();
    const windows = windowsOf(requests);
    const results: Result[] = [];
    const end = (): void => {
      pending = undefined;
      done(results);
    };
    const send = (): void => {
      const window = windows.shift();
      if (window === undefined) {
        end();
        return;
      }
      const { bytes, collect } = prepare(window);
      const finish = (): void => {
        // The kernel answers before the call returns, so only the call is awaited.
        results.push(...collect(() => undefined), ...windows.splice(0).flatMap(exchange));
        end();
      };
      pending = finish;
      sendSoon(fd, bytes, (isSent) => {
        if (pending !== finish) return;
        results.push(
          ...collect(() => {
            if (!isSent) throw kernelError(window[0]?.operation ?? '', ENOBUFS);
          }),
        );
        send();
      });
    };
    send();
  };

  /** One attempt at a dump; undefined when the table changed while it was read (NLM_F_DUMP_INTR). */
  const attempt = (request: Request): Message[] | undefined => {
    const { operation, type, flags = 0, payload } = request;
    const number = nextSequence();
    sendTo(
      fd,
      encodeMessage({ type, flags: flags | NLM_F_REQUEST | NLM_F_DUMP, sequence: number, portId: 0, payload }),
    );
    const found: Message[] = [];
    let isInterrupted = false;
    for (;;) {
      for (const message of next(operation)) {
        if (message.sequence !== number) continue;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) isInterrupted = true;
        if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) {
          const error =
            message.type === NLMSG_DONE && message.payload.length < 4 ? undefined : errorOf(operation, message);
          if (error !== undefined) throw error;
          return isInterrupted ? undefined : found;
        }
        found.push(copyOf(message));
      }
    }
  };

  const dump = (request: Request): Message[] => {
    settle();
    try {
      for (let round = 0; round < dumpAttempts; round += 1) {
        const found = attempt(request);
        if (found !== undefined) return found;
      }
    } catch (error) {
      drain();
      throw error instanceof KernelError ? asRefusalOf(request.operation, error) : error;
    }
    throw kernelError(request.operation, EINTR, `the table changed during each of ${dumpAttempts} readings`);
  };

  return {
    request: (requests) => {
      settle();
      return windowsOf(requests).flatMap(exchange);
    },
    requestSoon,
    settle,
    dump,
    interfaceIndex: (name) => interfaceIndexAt(fd, name),
    interfaceName: (index) => interfaceNameAt(fd, index),
    close: () => {
      settle();
      closeDescriptor(fd);
    },
  };
};
