// One log line as data: its text format and the filters on it. Pure.

import type { LogLevel, LogRoom } from '../../config/model/model.ts';

export type LogRecord = {
  /** ISO 8601, in UTC; records sort by it as text. */
  readonly timestamp: string;
  readonly director: string;
  readonly level: LogLevel;
  readonly process: LogRoom;
  /** The router, server or service concerned. */
  readonly subject?: string;
  readonly message: string;
  /** Its name, which stays where texts change, and its facts. Records of older builds may have none. */
  readonly event?: { readonly type: string; readonly [fact: string]: unknown };
  /** Further facts for programs. */
  readonly [detail: string]: unknown;
};

const withoutTime = ({ level, process, subject, message }: LogRecord): string =>
  [level.padEnd(5), process.padEnd(8), String(subject ?? '-').padEnd(10), message].join(' ');

/** Aligned text: `2026-01-31T12:00:00.000Z info  lb0  vrrp     vip        backup -> master: ...`. */
export const formatRecord = (record: LogRecord): string =>
  [record.timestamp, record.level.padEnd(5), record.director.padEnd(4), withoutTime(record).slice(6)].join(' ');

/** sd-daemon(3): the journal reads the priority from the start of the line, and adds time and host itself. */
const priorities: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

const withPriority = ({ level }: LogRecord, text: string): string => `<${priorities[level]}>${text}`;

export const formatForJournald = (record: LogRecord): string => withPriority(record, withoutTime(record).slice(6));
export const formatJsonForJournald = (record: LogRecord): string => withPriority(record, JSON.stringify(record));

export type RecordFilter = {
  /** ISO 8601; older records are left out. */
  readonly since?: string;
  readonly subject?: string;
  readonly process?: string;
};

export const isAskedFor = (record: LogRecord, { since, subject, process }: RecordFilter): boolean =>
  (since === undefined || record.timestamp >= since) &&
  (subject === undefined || record.subject === subject) &&
  (process === undefined || record.process === process);

/** Parses a line of a journal or of a JSON log; undefined when it is no record, such as one cut off by a crash. */
export const parseRecord = (line: string): LogRecord | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'timestamp' in value && 'message' in value
      ? (value as LogRecord)
      : undefined;
  } catch {
    return undefined;
  }
};
