// The log: every record goes to standard output, to a file if configured, to the journal on disk, and to followers.

import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { Writable } from 'node:stream';
import { createLogger, format, type Logger, transports } from 'winston';
import { messageOf } from '../../base/error.ts';
import { harmlessJson, harmlessLines, harmlessText } from '../../base/harmless-text.ts';
import { milliseconds } from '../../base/units.ts';
import { within } from '../../base/within.ts';
import type { LogConfig, LogLevel, LogRoom } from '../../config/model/model.ts';
import { gather } from './gathered.ts';
import type { Journal } from './journal.ts';
import type { LevelOf, LogEventName } from './log-events.ts';
import { type LogFile, openLogFile } from './log-file.ts';
import { formatForJournald, formatJsonForJournald, formatRecord, type LogRecord, writeRecord } from './record.ts';

/** The process that logs, the router, server or service concerned, and the name of what happened. */
export type Subject<Name extends LogEventName = LogEventName> = {
  readonly process: LogRoom;
  readonly subject?: string;
  readonly event: Name;
};

export type Log = <Name extends LogEventName>(
  level: LevelOf<Name>,
  about: Subject<Name>,
  message: string,
  /** Facts for programs; those of \`event\` stand beside its name. */
  details?: Readonly<Record<string, unknown>>,
) => void;

export type OpenLog = {
  readonly log: Log;
  /** @returns a function that ends following. */
  readonly follow: (listener: (record: LogRecord) => void) => () => void;
  readonly levels: () => Readonly<Record<LogRoom, LogLevel>>;
  /** Changes the level of one room until the next configuration change. */
  readonly setLevel: (room: LogRoom, level: LogLevel) => void;
  readonly configure: (config: LogConfig) => void;
  /** What cannot be written to the disk, as text. */
  readonly faults: () => readonly string[];
  /** Resolves once everything is written. */
  readonly close: () => Promise<void>;
};

/** How long the last writes may take, in milliseconds. */
const closeLimit = milliseconds(2000);

const ranks: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

const levelsOf = ({ level, levels }: LogConfig): Record<LogRoom, LogLevel> => ({
  director: level,
  vrrp: level,
  health: level,
  ipvs: level,
  ...levels,
});

/** systemd.exec(5): JOURNAL_STREAM names the socket, so that redirected output is not mistaken for the journal. */
const isJournal = (fd: number): boolean => {
  const { dev, ino } = fstatSync(fd);
  return process.env.JOURNAL_STREAM === `${dev}:${ino}`;
};

const complain = (error: unknown): void => {
  const text = typeof error === 'string' ? error : `the log cannot be written: ${messageOf(error)}`;
  process.stderr.write(`${text}\n`);
};

/** Where winston keeps the formatted text. */
const MESSAGE = Symbol.for('message');

const recordOf = (info: object): LogRecord => info as LogRecord;

/** Records kept for a journal that cannot be written. */
const mostWaiting = 1000;
/** How often a journal that could not be written is tried again, in milliseconds. */
const retryEvery = 2000;

/** Opens the log; records above debug go to the journal too. */
export const openLog = (director: string, config: LogConfig, journal?: Journal): OpenLog => {
  let levels = levelsOf(config);
  const listeners = new Set<(record: LogRecord) => void>();
  const isLoud = format((info) => {
    const { level, process: room } = recordOf(info);
    return ranks[level] <= ranks[levels[room]] ? info : false;
  });
  const text = (render: (record: LogRecord) => string) => format.printf((info) => render(recordOf(info)));

  const printed = gather<string>((lines) => void process.stdout.write(lines.join('')));
  const standardOutput = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      printed.add(line);
      done();
    },
  });
  const harmlessOutput = format((info) => {
    info[MESSAGE] = harmlessJson(String(info[MESSAGE]));
    return info;
  });
  const output = (wanted: LogConfig) => {
    const isJson = wanted.format === 'json';
    const forJournald = isJson ? formatJsonForJournald : formatForJournald;
    const shape = isJournal(1)
      ? text(forJournald)
      : isJson
        ? format.combine(format.json(), harmlessOutput())
        : text(formatRecord);
    return new transports.Stream({ stream: standardOutput, eol: '\n', format: format.combine(isLoud(), shape) });
  };
  const openFile = ({ file: wanted }: LogConfig): LogFile | undefined =>
    wanted &&
    openLogFile(wanted, (why) =>
      complain(why === undefined ? `${wanted.path} is written again` : `${wanted.path} cannot be written: ${why}`),
    );
  const open = (wanted: LogConfig): Logger => {
    const logger = createLogger({ level: 'debug', transports: output(wanted) });
    logger.on('error', complain);
    return logger;
  };
  let logger = open(config);
  let file = openFile(config);
  let isJson = config.format === 'json';
  let journalFault: string | undefined;
  /** Records that wait for the disk, the oldest first. */
  const waiting: LogRecord[] = [];
  // A full disk must not end a director, nor lose what happened meanwhile.
  const writeWaiting = (): void => {
    try {
      journal?.write(waiting);
      if (journalFault !== undefined) complain('the journal is written again');
      journalFault = undefined;
    } catch (error) {
      if (journalFault === undefined) complain(error);
      journalFault = messageOf(error);
      setTimeout(writeWaiting, retryEvery).unref();
    }
  };
  const kept = gather<LogRecord>((records) => {
    for (const record of records) waiting.push(record);
    if (journalFault === undefined) writeWaiting();
    if (waiting.length > mostWaiting) waiting.splice(0, waiting.length - mostWaiting);
  });

  const log: Log = (level, { event: type, ...about }, text, { event: facts, ...details } = {}) => {
    const timestamp = new Date().toISOString();
    const event = { ...(facts ?? {}), type };
    // Quoted text must not move a terminal's cursor or imitate another event.
    const record: LogRecord = {
      timestamp,
      director,
      level,
      ...about,
      ...(about.subject !== undefined && { subject: harmlessText(about.subject) }),
      message: harmlessLines(text),
      event,
      ...details,
    };
    logger.log({ ...record });
    if (ranks[level] <= ranks[levels[about.process]]) file?.write(isJson ? writeRecord(record) : formatRecord(record));
    if (level !== 'debug' && journal !== undefined) kept.add(record);
    for (const listener of listeners) listener(record);
  };
  for (const why of journal?.damage ?? []) log('warn', { process: 'director', event: 'record-unreadable' }, why);

  return {
    log,
    follow: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    levels: () => levels,
    setLevel: (room, level) => {
      levels = { ...levels, [room]: level };
    },
    faults: () => [
      ...(journalFault === undefined ? [] : [`the journal cannot be written, and its records wait: ${journalFault}`]),
      ...(file?.fault() === undefined ? [] : [`the log file cannot be written, and its lines wait: ${file.fault()}`]),
    ],
    configure: (wanted) => {
      levels = levelsOf(wanted);
      const before = logger;
      logger = open(wanted);
      before.end();
      void file?.close();
      file = openFile(wanted);
      isJson = wanted.format === 'json';
    },
    close: async () => {
      kept.flush();
      printed.flush();
      // The logger finishes before its transports have written everything.
      const endings: Promise<unknown>[] = logger.transports.map((transport) => once(transport, 'finish'));
      endings.push(file?.close() ?? Promise.resolve());
      logger.end();
      // A hanging disk must not keep a director from ending.
      await within(closeLimit, Promise.all(endings));
    },
  };
};
