// The runtime directory of a director: owned by one process, and recreated when it is removed.

import { mkdirSync } from 'node:fs';
import { messageOf } from '../../base/error.ts';
import { lockDirectory } from '../../kernel/system/directory-lock.ts';
import type { Log } from '../log/log.ts';
import { alreadyRunning, claimDirectory } from './owned-directory.ts';

export type RuntimeDirectory = {
  /** Checks every second that it still exists. */
  readonly keep: (log: Log) => void;
};

const keepEvery = 1000;

/**
 * Two directors with one runtime directory would take each other's processes, and both would remove addresses.
 * @throws with the pid of the other director
 */
export const ownRuntimeDirectory = async (directory: string): Promise<RuntimeDirectory> => {
  const claimed = await claimDirectory(directory);
  if ('pid' in claimed) throw alreadyRunning(claimed, 'runtime', directory);
  let held = claimed;
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
