// The controller's end of a channel: one connection, retried while the child process starts.

import { connect, type Socket } from 'node:net';
import { type Channel, type ChannelHandlers, type ChannelOptions, settle } from './channel.ts';
import { type Link, runLink } from './link.ts';
import { createOutbox } from './outbox.ts';

export type ConnectOptions<Out, In = never> = ChannelOptions<Out, In> & {
  /** How long to wait for a listener, in milliseconds; 10,000. */
  readonly deadline?: number;
  /** Pause between attempts, in milliseconds; 20. */
  readonly retryEvery?: number;
};

/** No socket yet; a socket file without a listener; a full backlog; this process is short of descriptors or memory. */
const passingCodes = new Set(['ENOENT', 'ECONNREFUSED', 'EAGAIN', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/**
 * Connects to the socket of a child process, retrying until it listens or the deadline passes. A channel is one
 * connection: after `onDisconnect` the owner calls this again for the next.
 */
export const connectChannel = <In, Out>(
  path: string,
  handlers: ChannelHandlers<In>,
  options: ConnectOptions<Out, In> = {},
): Channel<Out> => {
  const { deadline = 10_000, retryEvery = 20, ...rest } = options;
  const settings = settle(rest);
  const startedAt = performance.now();
  let link: Link | undefined;
  /** The connection before the other end has greeted. */
  let pending: Link | undefined;
  let closed = false;
  let attempt: Socket | undefined;
  let retry: NodeJS.Timeout | undefined;
  const outbox = createOutbox(() => link, settings);

  const begin = (): void => {
    const socket = connect(path);
    attempt = socket;
    const refuse = (error: NodeJS.ErrnoException): void => {
      if (closed) return;
      if (passingCodes.has(error.code ?? '') && performance.now() - startedAt < deadline) {
        retry = setTimeout(begin, retryEvery);
        return;
      }
      handlers.onDisconnect?.({ reason: 'unreachable', detail: `Cannot connect to ${path}: ${error.code}` });
    };
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      const onDisconnect: ChannelHandlers<In>['onDisconnect'] = (why) => {
        link = undefined;
        pending = undefined;
        handlers.onDisconnect?.(why);
      };
      const onConnect = (hasGreeted: boolean): void => {
        link = pending;
        handlers.onConnect?.(hasGreeted);
      };
      pending = runLink<In, Out>(socket, { ...handlers, onConnect, onDisconnect }, settings);
    });
  };

  begin();
  return {
    send: outbox.send,
    dropped: outbox.dropped,
    isConnected: () => link !== undefined,
    close: (done = () => undefined) => {
      closed = true;
      clearTimeout(retry);
      const last = pending;
      link = undefined;
      pending = undefined;
      if (last === undefined) {
        attempt?.destroy();
        done();
      } else last.close(done);
    },
  };
};
