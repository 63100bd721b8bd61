// The keys of `log`: what is logged, in which form, and where to.

import { z } from 'zod';
import { type LogConfig, type LogLevel, logLevels } from './model.ts';
import { choice, value, whole } from './values.ts';

const units: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

const size = () =>
  value('a size with its unit, such as 10MiB', (input) => {
    const match = typeof input === 'string' ? /^(\d+)(KiB|MiB|GiB)$/.exec(input) : null;
    const bytes = Number(match?.[1]) * (units[match?.[2] ?? ''] ?? 0);
    return bytes > 0 ? bytes : undefined;
  });

const path = () =>
  value('an absolute path', (input) => (typeof input === 'string' && /^\/.*[^/]$/.test(input) ? input : undefined));

const level = () => choice(logLevels);

export const logLevelsKeys = {
  director: level().optional(),
  vrrp: level().optional(),
  health: level().optional(),
  ipvs: level().optional(),
};

export const logFileKeys = {
  path: path(),
  max_size: size().default(10 * 2 ** 20),
  keep: whole(1, 100).default(5),
};

export const logKeys = {
  level: level().default('info'),
  format: choice(['text', 'json']).default('text'),
  levels: z.strictObject(logLevelsKeys).default({}),
  file: z.strictObject(logFileKeys).optional(),
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
