// State that cannot be written: logged when that begins and ends, and shown in the status meanwhile.

import type { Log } from './log.ts';

export type RecordFaults = {
  /**
   * @param what cannot be written: `the record of its settings`.
   * @param consequence of a restart meanwhile.
   * @returns what to call with the reason when writing begins to fail, and without one when it works again.
   */
  readonly of: (
    what: string,
    consequence: string,
    event?: 'record-unwritten' | 'commands-not-saved',
  ) => (why: string | undefined) => void;
  readonly warnings: () => readonly string[];
};

export const createRecordFaults = (log: Log): RecordFaults => {
  const faults = new Map<string, string>();
  return {
    of:
      (what, consequence, event = 'record-unwritten') =>
      (why) => {
        if (why === undefined) {
          faults.delete(what);
          log('info', { process: 'director', event: 'record-written' }, `${what} can be written again`);
          return;
        }
        const text = `${what} cannot be written, ${consequence}: ${why}`;
        faults.set(what, text);
        log('error', { process: 'director', event }, `${text}; it is tried again`);
      },
    warnings: () => [...faults.values()],
  };
};
