// The latest records, kept in memory from when they are first asked for; the earlier ones are read from the journal then.

import type { LogRecord } from './record.ts';
import type { RecordSources } from './record-stream.ts';

/** In milliseconds. */
const reach = 24 * 3_600_000;

export type RecentRecords = {
  /** Later than a timestamp; all that are kept without one. */
  readonly since: (timestamp: string | undefined) => Promise<readonly LogRecord[]>;
  readonly close: () => void;
};

/** @param most records that are kept; the oldest go. */
export const openRecentRecords = ({ journal, follow }: RecordSources, most: number): RecentRecords => {
  let kept: LogRecord[] = [];
  let reading: Promise<void> | undefined;
  let unfollow = (): void => undefined;
  const keep = (): void => {
    unfollow = follow((record) => {
      kept.push(record);
      if (kept.length > most) kept.shift();
    });
  };
  const readJournal = async (): Promise<void> => {
    const earlier: LogRecord[] = [];
    for await (const record of journal({ since: new Date(Date.now() - reach).toISOString() })) {
      earlier.push(record);
      if (earlier.length > most) earlier.shift();
    }
    const [first] = kept;
    const before = earlier.filter(({ timestamp }) => first === undefined || timestamp < first.timestamp);
    kept = [...before, ...kept].slice(-most);
  };
  return {
    since: async (timestamp) => {
      if (reading === undefined) {
        keep();
        reading = readJournal().catch(() => undefined);
      }
      await reading;
      return timestamp === undefined ? [...kept] : kept.filter((record) => record.timestamp > timestamp);
    },
    close: () => unfollow(),
  };
};
