// Tells when descriptors become readable: one epoll set and one thread of Node's pool for all of them.

import {
  addToPoll,
  clearEvent,
  isReadable,
  openEvent,
  openPoll,
  rearmPoll,
  removeFromPoll,
  signalEvent,
  waitForPoll,
} from './libc.ts';

export type Watch = {
  /** Ends the watch; call it before the descriptor is closed. */
  close(): void;
};

type Poll = { watch(fd: number, callback: () => void): Watch };

// How long a descriptor rests that its callback left readable: it is reported again, but cannot keep the loop busy.
const rest = 1;

const openSharedPoll = (): Poll => {
  const epoll = openPoll();
  const wake = openEvent();
  addToPoll(epoll, wake, false);
  const watched = new Map<number, { readonly callback: () => void; timer?: NodeJS.Timeout }>();
  let isWaiting = false;

  const report = (fd: number): void => {
    const entry = watched.get(fd);
    if (entry === undefined) return;
    try {
      entry.callback();
    } finally {
      // The callback may have ended the watch, or replaced it.
      if (watched.get(fd) === entry) {
        if (isReadable(fd, 0)) entry.timer = setTimeout(() => rearmPoll(epoll, fd), rest);
        else rearmPoll(epoll, fd);
      }
    }
  };

  const wait = (): void => {
    if (isWaiting || watched.size === 0) return;
    isWaiting = true;
    waitForPoll(epoll, (descriptors) => {
      isWaiting = false;
      for (const fd of descriptors) {
        if (fd === wake) clearEvent(wake);
        // A turn of its own: what one callback throws is uncaught, and keeps neither the others nor the thread from their work.
        else setImmediate(report, fd);
      }
      wait();
    });
  };

  // Node joins its pool's threads when it exits, and would wait for this one for ever.
  process.on('exit', () => signalEvent(wake));

  const watch = (fd: number, callback: () => void): Watch => {
    const entry: { readonly callback: () => void; timer?: NodeJS.Timeout } = { callback };
    addToPoll(epoll, fd, true);
    watched.set(fd, entry);
    wait();
    return {
      close: () => {
        if (watched.get(fd) !== entry) return;
        watched.delete(fd);
        clearTimeout(entry.timer);
        removeFromPoll(epoll, fd);
        // The thread returns, so that nothing keeps the process alive.
        if (watched.size === 0) signalEvent(wake);
      },
    };
  };
  return { watch };
};

// The one piece of state of a module in this room: descriptors are the process's, and so is the thread that waits for them.
let shared: Poll | undefined;

/**
 * Calls back on the main thread whenever `fd` is readable (level-triggered). A callback that does not read everything is called
 * again after a millisecond, not at once. The watch keeps the process alive until it is closed, and all watches
 * together occupy one of the four threads of Node's pool.
 * @throws KernelError when the descriptor cannot be polled or is watched already.
 */
export const watchReadable = (fd: number, callback: () => void): Watch => {
  shared ??= openSharedPoll();
  return shared.watch(fd, callback);
};
