// The runtime directory of a director: owned by one process, and recreated when it is removed.

import { mkdirSync } from 'node:fs';
import { messageOf } from '../../base/error.ts';
import { type DirectoryLock, lockDirectory } from '../../kernel/system/directory-lock.ts';
import type { Log } from '../log/log.ts';

export type RuntimeDirectory = {
  /** Checks every second that it still exists. */
  readonly keep: (log: Log) => void;
};

const keepEvery = 1000;
/** How long a controller that makes room or stops may take to end, in milliseconds. */
const patience = 1500;

const lock = async (directory: string): Promise<DirectoryLock> => {
  for (const end = performance.now() + patience; ; ) {
    const found = lockDirectory(directory);
    if ('release' in found) return found;
    if (performance.now() > end) {
      const who = found.pid === undefined ? 'another process' : `process ${found.pid}`;
      throw new Error(`regent is already running: ${who} has the runtime directory ${directory}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/**
 * Two directors with one runtime directory would take each other's processes, and both would remove addresses.
 * @throws with the pid of the other director
 */
export const ownRuntimeDirectory = async (directory: string): Promise<RuntimeDirectory> => {
  let held = await lock(directory);
  let complaint = '';

  const look = (log: Log): void => {
    if (held.isInPlace()) {
      complaint = '';
      return;
    }
    try {
      mkdirSync(directory, { recursive: true, mode: 0o750 });
      const next = lockDirectory(directory);
      if (!('release' in next)) return;
      held.release();
      held = next;
      log(
        'warn',
        { process: 'director', event: 'runtime-directory-restored' },
        `${directory} was removed, and is created again`,
      );
    } catch (error) {
      const text = `${directory} was removed and cannot be created again: ${messageOf(error)}; it is tried again every second`;
      if (text !== complaint) log('error', { process: 'director', event: 'runtime-directory-lost' }, text);
      complaint = text;
    }
  };

  return { keep: (log) => void setInterval(() => look(log), keepEvery).unref() };
};
