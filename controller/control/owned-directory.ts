// A directory that one director owns.

import { type DirectoryLock, type Holder, lockDirectory } from '../../kernel/system/directory-lock.ts';

/** How long a controller that makes room or stops may take to end, in milliseconds. */
const patience = 1500;

/** @returns the lock, or who has it. @throws Error of fs, KernelError */
export const claimDirectory = async (directory: string): Promise<DirectoryLock | Holder> => {
  for (const end = performance.now() + patience; ; ) {
    const found = lockDirectory(directory);
    if ('release' in found || performance.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

export const alreadyRunning = ({ pid }: Holder, what: 'runtime' | 'state', directory: string): Error =>
  new Error(
    `regent is already running: ${pid === undefined ? 'another process' : `process ${pid}`} has the ${what} directory ${directory}`,
  );
