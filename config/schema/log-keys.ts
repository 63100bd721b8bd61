// The keys of `log`: levels, format and outputs.

import { optional, required, withDefault } from './kind.ts';
import { value } from './scalar.ts';
import { mapping } from './structure.ts';
import { choice, filePath, whole } from './values.ts';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

const units: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

const size = () =>
  value(
    'a size with its unit, such as 10MiB',
    (input) => {
      const match = typeof input === 'string' ? /^(\d+)(KiB|MiB|GiB)$/.exec(input) : null;
      const bytes = Number(match?.[1]) * (units[match?.[2] ?? ''] ?? 0);
      return bytes > 0 ? bytes : undefined;
    },
    { type: 'string', pattern: '^\\d*[1-9]\\d*(KiB|MiB|GiB)$', unit: 'KiB, MiB or GiB', bounds: 'above 0' },
  );

const level = () => choice(logLevels);

const logLevelsKeys = {
  director: optional(level(), 'The controller: configuration, commands, processes.'),
  vrrp: optional(level(), 'Election, addresses, tracking.'),
  health: optional(level(), 'Probes and verdicts.'),
  ipvs: optional(level(), "The kernel's IPVS table."),
};

const logFileKeys = {
  path: required(filePath(), 'File that lines are written to, besides standard output.', {
    example: '/var/log/regent/regent.log',
  }),
  max_size: withDefault(size(), '10MiB', 'A file of this size is renamed, and a new one begun.'),
  keep: withDefault(whole(1, 100), 5, 'How many full files are kept.', { unit: 'files' }),
};

const logKeys = {
  level: withDefault(level(), 'info', 'The lowest level that is written.'),
  format: withDefault(choice(['text', 'json']), 'text', 'One line of text, or one JSON object, for each event.'),
  levels: withDefault(mapping(logLevelsKeys), {}, 'Levels of single processes, instead of level.'),
  file: optional(mapping(logFileKeys), 'A log file.'),
};

/** The parts of the director that log. */
export const logRooms = Object.keys(logLevelsKeys) as (keyof typeof logLevelsKeys)[];

export const log = mapping(logKeys);
