// The keys of `log`: levels, format and outputs.

import { z } from 'zod';
import { type LogConfig, type LogLevel, logLevels } from '../model/model.ts';
import { choice, matching, value, whole } from './values.ts';

const units: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

const size = () =>
  value('a size with its unit, such as 10MiB', (input) => {
    const match = typeof input === 'string' ? /^(\d+)(KiB|MiB|GiB)$/.exec(input) : null;
    const bytes = Number(match?.[1]) * (units[match?.[2] ?? ''] ?? 0);
    return bytes > 0 ? bytes : undefined;
  }).meta({ type: 'string', pattern: '^\\d*[1-9]\\d*(KiB|MiB|GiB)$', unit: 'KiB, MiB or GiB', bounds: 'above 0' });

const level = () => choice(logLevels);

export const logLevelsKeys = {
  director: level().optional().describe('The controller: configuration, commands, processes.'),
  vrrp: level().optional().describe('Election, addresses, tracking.'),
  health: level().optional().describe('Probes and verdicts.'),
  ipvs: level().optional().describe('The tables of the kernel.'),
};

export const logFileKeys = {
  path: matching('an absolute path', /^\/.*[^/]$/).meta({
    description: 'Written beside standard output.',
    example: '/var/log/regent/regent.log',
  }),
  max_size: size().prefault('10MiB').describe('A file of this size is renamed, and a new one begun.'),
  keep: whole(1, 100).default(5).meta({ description: 'How many full ones are kept.', unit: 'files' }),
};

export const logKeys = {
  level: level().default('info').describe('The least severe line that is written.'),
  format: choice(['text', 'json']).default('text').describe('One line of text, or one JSON object, for each event.'),
  levels: z.strictObject(logLevelsKeys).default({}).describe('Levels of single rooms in place of level.'),
  file: z.strictObject(logFileKeys).optional().describe('A file of its own.'),
};

const withoutAbsent = (levels: Readonly<Record<string, LogLevel | undefined>>): Readonly<Record<string, LogLevel>> =>
  Object.fromEntries(Object.entries(levels).flatMap(([room, found]) => (found === undefined ? [] : [[room, found]])));

export const log = z.strictObject(logKeys).transform(
  (raw): LogConfig => ({
    level: raw.level,
    format: raw.format,
    levels: withoutAbsent(raw.levels),
    ...(raw.file && { file: { path: raw.file.path, maxBytes: raw.file.max_size, keep: raw.file.keep } }),
  }),
);
