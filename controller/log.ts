// The log: one line an event, aligned text for people or JSON for programs, by winston.

import { createLogger, format, type Logger, transports } from 'winston';
import type { LogConfig } from '../config/model.ts';

/** Which process spoke of which router, server or service. */
export type Subject = { readonly process: 'director' | 'vrrp' | 'health' | 'ipvs'; readonly subject?: string };

export type Log = (
  level: LogConfig['level'],
  about: Subject,
  message: string,
  details?: Readonly<Record<string, unknown>>,
) => void;

const line = format.printf(({ timestamp, level, director, process, subject, message }) =>
  [
    timestamp,
    String(level).padEnd(5),
    String(director).padEnd(4),
    String(process).padEnd(8),
    String(subject ?? '-').padEnd(10),
    message,
  ].join(' '),
);

/** Opens the log on standard output. */
export const openLog = (director: string, config: LogConfig): { readonly log: Log; readonly logger: Logger } => {
  const logger = createLogger({
    level: config.level,
    defaultMeta: { director },
    format: format.combine(format.timestamp(), config.format === 'json' ? format.json() : line),
    transports: [new transports.Console({ stderrLevels: [], consoleWarnLevels: [] })],
  });
  return { logger, log: (level, about, message, details = {}) => logger.log(level, message, { ...about, ...details }) };
};
