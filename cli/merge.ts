// Merges the records of several directors in order of time.

import type { LogRecord } from '../controller/log/record.ts';

/** After this silence, in milliseconds, a source that is followed has no older records. */
const settleAfter = 300;
/** How long the first record of a source is waited for, in milliseconds: ssh has to connect. */
const connectFor = 6000;

const byTime = (a: LogRecord, b: LogRecord): number =>
  a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0;

/** How far a source has been read. */
type Progress = { receivedAt: number; upTo: string };

/**
 * Calls `show` in order of time, with each record as soon as no source can have an older one: each has ended or is further. A
 * source that is followed may be silent because it has no news.
 */
export const mergeByTime = async (
  sources: readonly AsyncIterable<LogRecord>[],
  show: (record: LogRecord) => void,
  follows: boolean,
): Promise<void> => {
  let waiting: LogRecord[] = [];
  const behind = new Set<Progress>();
  const flush = (): void => {
    const patience = ({ upTo }: Progress): number => (upTo === '' ? connectFor : settleAfter);
    const slow = [...behind].filter((one) => !follows || performance.now() - one.receivedAt < patience(one));
    const isReady = ({ timestamp }: LogRecord): boolean => slow.every(({ upTo }) => upTo >= timestamp);
    const ready = waiting.filter(isReady).sort(byTime);
    waiting = waiting.filter((record) => !isReady(record));
    for (const record of ready) show(record);
  };
  const drain = async (source: AsyncIterable<LogRecord>): Promise<void> => {
    const progress: Progress = { receivedAt: performance.now(), upTo: '' };
    behind.add(progress);
    for await (const record of source) {
      progress.receivedAt = performance.now();
      progress.upTo = record.timestamp;
      waiting.push(record);
    }
    behind.delete(progress);
  };
  const ticker = setInterval(flush, settleAfter / 3);
  try {
    await Promise.all(sources.map(drain));
  } finally {
    clearInterval(ticker);
    behind.clear();
    flush();
  }
};
