// The state directory of a director, owned by one process.

import { mkdirSync, statSync } from 'node:fs';
import { messageOf } from '../../base/error.ts';
import type { Holder } from '../../kernel/system/directory-lock.ts';
import { alreadyRunning, claimDirectory } from './owned-directory.ts';

const isSame = (a: string, b: string): boolean => {
  const [one, other] = [statSync(a), statSync(b)];
  return one.dev === other.dev && one.ino === other.ino;
};

/**
 * Two directors with one state directory would each remove the addresses that the other has written down as its own.
 * A full or read-only disk costs the state of a restart, not the director.
 * @param runtime the runtime directory, which is owned already
 * @throws with the pid of the other director
 */
export const ownStateDirectory = async (directory: string, runtime: string): Promise<void> => {
  let found: Holder | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    if (isSame(directory, runtime)) return;
    const claimed = await claimDirectory(directory);
    if ('pid' in claimed) found = claimed;
  } catch (error) {
    process.stderr.write(`state is not kept: ${messageOf(error)}\n`);
  }
  if (found !== undefined) throw alreadyRunning(found, 'state', directory);
};
