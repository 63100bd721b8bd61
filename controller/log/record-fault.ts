// A record of what regent has put into the kernel that cannot be written: told when it begins and when it is over.

import type { Log } from './log.ts';

/** @param why undefined once it is written again. */
export const tellRecordFault = (log: Log, what: string, why: string | undefined): void =>
  why === undefined
    ? log('info', { process: 'director' }, `the record of its ${what} is written again`)
    : log(
        'error',
        { process: 'director' },
        `the record of its ${what} cannot be written, and what a crash leaves may not be known as regent's: ${why}; it is tried again`,
      );
