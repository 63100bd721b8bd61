// Watches a file that holds a whole number; a missing or empty file counts as 0.

import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { messageOf } from '../../base/error.ts';
import { harmlessText } from '../../base/harmless-text.ts';
import { readRegularFile } from '../../base/regular-file.ts';
import type { FileConfig } from '../../config/model/tracking-model.ts';
import type { Seen, Watcher } from './item.ts';

/** In milliseconds. Writers empty a file before they fill it: the intermediate state is not read. */
const settleTime = 20;
const retryAfter = 1000;
const mostBytes = 2 ** 16;

const read = (path: string): Seen => {
  let text = '';
  try {
    text = readRegularFile(path, mostBytes).toString('utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? messageOf(error);
    if (code !== 'ENOENT') return { state: 'unknown', reason: `cannot be read: ${code}` };
    return { state: 'up', value: 0, reason: 'is missing, so it counts as 0' };
  }
  if (text === '') return { state: 'up', value: 0, reason: 'is empty, so it counts as 0' };
  if (!/^[+-]?\d{1,9}$/.test(text)) {
    return { state: 'unknown', reason: `holds no whole number, but "${harmlessText(text, 40)}"` };
  }
  const value = Number(text);
  return { state: 'up', value, reason: `holds ${value}` };
};

/** Reports at once, and after each change. The folder is watched, because editors replace the file. */
export const watchFile = ({ path }: FileConfig, report: (seen: Seen) => void): Watcher => {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;

  const readSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => report(read(path)), settleTime);
  };
  const open = (): void => {
    const retry = (): void => {
      watcher?.close();
      watcher = undefined;
      clearTimeout(timer);
      timer = setTimeout(open, retryAfter);
    };
    try {
      watcher = watch(dirname(path), (_kind, name) => {
        // The folder itself was removed or replaced.
        if (name === basename(dirname(path))) retry();
        else if (name === null || name === basename(path)) readSoon();
      });
      watcher.on('error', retry);
    } catch {
      // Without its folder the file is missing, too.
      retry();
    }
    report(read(path));
  };

  open();
  return {
    close: () => {
      clearTimeout(timer);
      watcher?.close();
    },
  };
};
