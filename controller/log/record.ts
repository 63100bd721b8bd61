// One log line as data: its text format and the filters on it. Pure.

import { harmlessJson, harmlessLines, harmlessText } from '../../base/harmless-text.ts';
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

/** A record as one line of JSON. */
export const writeRecord = (record: LogRecord): string => harmlessJson(JSON.stringify(record));

/** What follows in a text of several lines is indented, so that it cannot be taken for a record of its own. */
const indent = (message: string): string => message.replaceAll('\n', '\n  ');

const withoutTime = ({ level, process, subject, message }: LogRecord): string =>
  [level.padEnd(5), process.padEnd(8), String(subject ?? '-').padEnd(10), indent(message)].join(' ');

/** Aligned text: `2026-01-31T12:00:00.000Z info  lb0  vrrp     vip        backup -> master: ...`. */
export const formatRecord = (record: LogRecord): string =>
  [record.timestamp, record.level.padEnd(5), record.director.padEnd(4), withoutTime(record).slice(6)].join(' ');

/** sd-daemon(3): the journal reads the priority from the start of the line, and adds time and host itself. */
const priorities: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

const withPriority = ({ level }: LogRecord, text: string): string => `<${priorities[level]}>${text}`;

export const formatForJournald = (record: LogRecord): string => withPriority(record, withoutTime(record).slice(6));
export const formatJsonForJournald = (record: LogRecord): string => withPriority(record, writeRecord(record));

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

const isLevel = (value: unknown): value is LogLevel => typeof value === 'string' && Object.hasOwn(priorities, value);

/**
 * Parses a line of a journal or of a JSON log, perhaps of another host: its texts are made harmless.
 * @returns undefined when it is no record, such as one cut off by a crash.
 */
export const parseRecord = (line: string): LogRecord | undefined => {
  try {
    const value = JSON.parse(line) as Readonly<Record<string, unknown>> | null;
    if (typeof value !== 'object' || value === null) return undefined;
    const { timestamp, director, level, process, subject, message } = value;
    if (typeof timestamp !== 'string' || typeof director !== 'string' || typeof message !== 'string') return undefined;
    if (!isLevel(level) || typeof process !== 'string') return undefined;
    return {
      ...value,
      timestamp: harmlessText(timestamp, 40),
      director: harmlessText(director, 100),
      level,
      // Another build may know other processes.
      process: harmlessText(process, 20) as LogRoom,
      ...(typeof subject === 'string' && { subject: harmlessText(subject) }),
      message: harmlessLines(message),
    };
  } catch {
    return undefined;
  }
};
