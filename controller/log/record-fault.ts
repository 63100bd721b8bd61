// Logs when the record of regent's kernel changes cannot be written, and when it can be again.

import type { Log } from './log.ts';

/** @param why undefined once writing works again. */
export const tellRecordFault = (log: Log, what: string, why: string | undefined): void =>
  why === undefined
    ? log('info', { process: 'director' }, `the record of its ${what} is written again`)
    : log(
        'error',
        { process: 'director' },
        `the record of its ${what} cannot be written, and what a crash leaves may not be known as regent's: ${why}; it is tried again`,
      );
