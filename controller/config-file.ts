// Watches the configuration file of a director that reloads by itself.

import { realpathSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { messageOf } from '../base/error.ts';
import type { Log } from './log/log.ts';

/** Editors write a file in several steps. */
const settleAfter = 200;

/**
 * Calls back when a file was saved, also where an editor replaces it or `path` is a link to it.
 * @returns a function that ends the watch.
 */
export const watchFile = (path: string, onSaved: () => void): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  const watchers = [...new Set([path, realpathSync(path)])].map((place) => {
    const watcher = watch(dirname(place), (_, name) => {
      if (name !== basename(place)) return;
      clearTimeout(timer);
      timer = setTimeout(onSaved, settleAfter);
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  });
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
};

export type FileWatch = {
  /** Watches the file, afresh where it is watched already, or no longer. */
  readonly follow: (isWanted: boolean) => void;
  readonly close: () => void;
};

export const createFileWatch = (file: string, onSaved: () => void, log: Log): FileWatch => {
  let unwatch = (): void => undefined;
  const close = (): void => {
    unwatch();
    unwatch = () => undefined;
  };
  return {
    follow: (isWanted) => {
      close();
      if (!isWanted) return;
      try {
        unwatch = watchFile(file, onSaved);
      } catch (error) {
        const text = `${file} is not watched until the next reload: ${messageOf(error)}`;
        log('error', { process: 'director', event: 'file-not-watched' }, text);
      }
    },
    close,
  };
};
