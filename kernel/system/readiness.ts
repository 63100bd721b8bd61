// Reports readable descriptors: one epoll set and one thread of Node's pool for all of them.

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
  /** Ends the watch; call it before closing the descriptor. */
  close(): void;
};

type Poll = { watch(fd: number, callback: () => void): Watch };

// In milliseconds: when a descriptor that its callback left readable is reported again, so that it cannot keep the loop busy.
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
        // A turn of its own: an error thrown by one callback is uncaught, and stops neither the others nor the thread.
        else setImmediate(report, fd);
      }
      wait();
    });
  };

  // Node joins its pool's threads at exit, and would wait for this one for ever.
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
        // The thread returns, so that it does not keep the process alive.
        if (watched.size === 0) signalEvent(wake);
      },
    };
  };
  return { watch };
};

// The only module-level state in this room: descriptors belong to the process, and so does the thread that waits for them.
let shared: Poll | undefined;

/**
 * Calls back on the main thread whenever `fd` is readable (level-triggered). A callback that does not read everything is called
 * again after a millisecond, not at once. The watch keeps the process alive until it is closed, and all watches together occupy
 * one of the four threads of Node's pool.
 * @throws KernelError when the descriptor cannot be polled or is already watched.
 */
export const watchReadable = (fd: number, callback: () => void): Watch => {
  shared ??= openSharedPoll();
  return shared.watch(fd, callback);
};
