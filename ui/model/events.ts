// The records of all directors in one list, and filters on it. Pure.

import type { LogRecord } from './view.ts';

export type EventFilter = {
  /** Empty for all. */
  readonly director: string;
  readonly level: '' | 'debug' | 'info' | 'warn' | 'error';
  readonly process: string;
  readonly text: string;
};

export const noFilter: EventFilter = { director: '', level: 'info', process: '', text: '' };

const ranks: Readonly<Record<string, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export const isShown = (record: LogRecord, { director, level, process, text }: EventFilter): boolean =>
  (director === '' || record.director === director) &&
  (level === '' || (ranks[record.level] ?? 0) >= (ranks[level] ?? 0)) &&
  (process === '' || record.process === process) &&
  (text === '' || `${record.subject ?? ''} ${record.message}`.toLowerCase().includes(text.toLowerCase()));

/** Adds records, in the order of time; the oldest beyond `most` are left out. */
export const addRecords = (known: readonly LogRecord[], fresh: readonly LogRecord[], most: number): LogRecord[] => {
  const [last] = known.slice(-1);
  const isLater = fresh.every(({ timestamp }) => last === undefined || timestamp >= last.timestamp);
  const all = [...known, ...fresh];
  if (!isLater || fresh.length > 1)
    all.sort((one, other) => (one.timestamp < other.timestamp ? -1 : one.timestamp > other.timestamp ? 1 : 0));
  return all.slice(-most);
};
