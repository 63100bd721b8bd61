// The child's end of a channel: a listening Unix socket that serves one controller, the newest.

import { existsSync, mkdirSync } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { type Channel, type ChannelHandlers, type ChannelOptions, settle } from './channel.ts';
import { type Link, runLink } from './link.ts';
import { createOutbox } from './outbox.ts';

/** Only this user may connect; set by umask, so that the file never has wider permissions. */
const socketUmask = 0o177;

/** How often to check that the socket file exists, in milliseconds. */
const keepEvery = 1000;

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

const listenPrivately = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    // listen() binds before it returns, so nothing else is created under this umask.
    const before = process.umask(socketUmask);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
  });

const isAnswered = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(path);
    const answer = (answered: boolean) => () => {
      probe.destroy();
      resolve(answered);
    };
    probe.once('connect', answer(true));
    // EAGAIN is a full backlog: a slow process listens.
    probe.once('error', (error) => answer(isCode(error, 'EAGAIN'))());
  });

/**
 * Listens on a Unix socket (mode 0600) for one controller at a time; a newer connection that greets replaces the older one, whose
 * `onDisconnect` is called first. Removes the socket file of a dead process.
 * @throws if a running process listens there, or with the kernel's code if the path cannot be bound.
 */
export const listenChannel = async <In, Out>(
  path: string,
  handlers: ChannelHandlers<In>,
  options: ChannelOptions<Out, In> = {},
): Promise<Channel<Out>> => {
  const settings = settle(options);
  let link: Link | undefined;
  /** Connections that have not greeted yet. */
  const pending = new Set<Link>();
  const outbox = createOutbox(() => link, settings);

  const admit = (socket: Socket): void => {
    const own: Link = runLink<In, Out>(
      socket,
      {
        ...handlers,
        onConnect: (hasGreeted) => {
          if (link !== undefined && !hasGreeted) {
            own.cut({ reason: 'incompatible', detail: 'it does not greet, and a controller is connected' });
            return;
          }
          pending.delete(own);
          link?.cut({ reason: 'replaced', detail: 'a newer controller connected' });
          link = own;
          handlers.onConnect?.(hasGreeted);
        },
        onDisconnect: (why) => {
          // A connection that was never taken changes nothing for the current controller.
          if (pending.delete(own)) {
            if (why.reason !== 'closed') handlers.onRefusal?.(`a connection is refused: ${why.detail}`);
            return;
          }
          if (link === own) link = undefined;
          handlers.onDisconnect?.(why);
        },
      },
      settings,
    );
    pending.add(own);
  };

  /** Connections that have sent nothing yet; a mere probe for a running process never does. */
  const strangers = new Set<Socket>();
  const server = createServer((socket) => {
    strangers.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => strangers.delete(socket));
    socket.once('readable', () => {
      strangers.delete(socket);
      if (socket.readableLength > 0) admit(socket);
    });
  });

  /** Listens in the place of a dead process, or of an earlier socket of this one. */
  const listen = async (): Promise<void> => {
    try {
      await listenPrivately(server, path);
    } catch (error) {
      if (!isCode(error, 'EADDRINUSE')) throw error;
      if (await isAnswered(path)) throw new Error(`Cannot listen on ${path}: another process does`);
      if (!(await lstat(path)).isSocket()) throw new Error(`Cannot listen on ${path}: it is not a socket`);
      await unlink(path);
      await listenPrivately(server, path);
    }
  };
  await listen();
  // Without descriptors, a connection is refused; the next one may be taken.
  server.on('error', () => undefined);

  /** Restores the socket file after /run was cleaned, for the next controller; the current connection goes on. */
  let isTrying = false;
  const keeper = setInterval(() => {
    if ((existsSync(path) && server.listening) || isTrying) return;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    } catch {
      return;
    }
    server.close();
    isTrying = true;
    listen()
      .catch(() => undefined)
      .finally(() => {
        isTrying = false;
      });
  }, keepEvery);
  keeper.unref();

  return {
    send: outbox.send,
    dropped: outbox.dropped,
    isConnected: () => link !== undefined,
    close: (done = () => undefined) => {
      clearInterval(keeper);
      server.close();
      for (const stranger of strangers) stranger.destroy();
      for (const one of pending) one.close();
      const last = link;
      link = undefined;
      if (last === undefined) done();
      else last.close(done);
    },
  };
};
