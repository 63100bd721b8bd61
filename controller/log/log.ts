// The log: every record goes to standard output, to a file if configured, to the journal on disk, and to followers.

import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, format, type Logger, transports } from 'winston';
import { messageOf } from '../../base/error.ts';
import { harmlessLines } from '../../base/harmless-text.ts';
import type { LogConfig, LogLevel, LogRoom } from '../../config/model/model.ts';
import type { Journal } from './journal.ts';
import type { LevelOf, LogEventName } from './log-events.ts';
import { formatForJournald, formatJsonForJournald, formatRecord, type LogRecord } from './record.ts';

/** The process that logs, the router, server or service concerned, and the name of what happened. */
export type Subject<Name extends LogEventName = LogEventName> = {
  readonly process: LogRoom;
  readonly subject?: string;
  readonly event?: Name;
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
  /** Resolves once everything is written. */
  readonly close: () => Promise<void>;
};

/** How long the last writes may take, in milliseconds. */
const closeLimit = 2000;

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
  process.stderr.write(`the log cannot be written: ${messageOf(error)}\n`);
};

const recordOf = (info: object): LogRecord => info as LogRecord;

/** Opens the log; records above debug go to the journal too. */
export const openLog = (director: string, config: LogConfig, journal?: Journal): OpenLog => {
  let levels = levelsOf(config);
  const listeners = new Set<(record: LogRecord) => void>();
  const isLoud = format((info) => {
    const { level, process: room } = recordOf(info);
    return ranks[level] <= ranks[levels[room]] ? info : false;
  });
  const text = (render: (record: LogRecord) => string) => format.printf((info) => render(recordOf(info)));

  const outputs = (wanted: LogConfig) => {
    const isJson = wanted.format === 'json';
    const forJournald = isJson ? formatJsonForJournald : formatForJournald;
    const shape = isJournal(1) ? text(forJournald) : isJson ? format.json() : text(formatRecord);
    return [
      new transports.Console({ stderrLevels: [], consoleWarnLevels: [], format: format.combine(isLoud(), shape) }),
      ...(wanted.file === undefined
        ? []
        : [
            new transports.File({
              filename: wanted.file.path,
              maxsize: wanted.file.maxBytes,
              maxFiles: wanted.file.keep,
              tailable: true,
              format: format.combine(isLoud(), isJson ? format.json() : text(formatRecord)),
            }),
          ]),
    ];
  };
  const open = (wanted: LogConfig): Logger => {
    const logger = createLogger({ level: 'debug', transports: outputs(wanted) });
    logger.on('error', complain);
    return logger;
  };
  let logger = open(config);
  let isJournalBroken = false;
  // A full disk must not end a director: records that no file takes are still on standard output.
  const keep = (record: LogRecord): void => {
    try {
      journal?.write(record);
      isJournalBroken = false;
    } catch (error) {
      if (!isJournalBroken) complain(error);
      isJournalBroken = true;
    }
  };

  return {
    log: (level, { event: type, ...about }, text, { event: facts, ...details } = {}) => {
      const timestamp = new Date().toISOString();
      const event = { ...(facts ?? {}), type: type ?? '' };
      // Quoted text must not move a terminal's cursor or imitate another event.
      const record: LogRecord = {
        timestamp,
        director,
        level,
        ...about,
        message: harmlessLines(text),
        event,
        ...details,
      };
      logger.log({ ...record });
      if (level !== 'debug') keep(record);
      for (const listener of listeners) listener(record);
    },
    follow: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    levels: () => levels,
    setLevel: (room, level) => {
      levels = { ...levels, [room]: level };
    },
    configure: (wanted) => {
      levels = levelsOf(wanted);
      const before = logger;
      logger = open(wanted);
      before.end();
    },
    close: async () => {
      // The logger finishes before its transports have written everything.
      const endings = logger.transports.map((transport) => once(transport, 'finish'));
      logger.end();
      // A hanging disk must not keep a director from ending.
      await Promise.race([Promise.all(endings), sleep(closeLimit, undefined, { ref: false })]);
    },
  };
};
