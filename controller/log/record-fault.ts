// Logs when the record of regent's kernel changes cannot be written, and when it can be again.

import type { Log } from './log.ts';

/** @param why undefined once writing works again. */
export const tellRecordFault = (log: Log, what: string, why: string | undefined): void =>
  why === undefined
    ? log('info', { process: 'director', event: 'record-written' }, `the record of its ${what} can be written again`)
    : log(
        'error',
        { process: 'director', event: 'record-unwritten' },
        `cannot write the record of its ${what}: ${why}; after a crash regent may not recognise them as its own; it is tried again`,
      );
