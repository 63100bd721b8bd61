// The differences between two settings, in the terms and units of the configuration. Pure.

import { isDeepStrictEqual } from 'node:util';
import { formatDuration, type Milliseconds } from '../../base/units.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The key as spelled in the configuration. */
const word = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Keys of durations, which the model has in milliseconds. */
const spans =
  /^(.*interval|.*timeout|.*delay|hold|within|.*window|.*every|slowStart|minTx|minRx|expiryWarning|refresh|preemptWait|tcp|tcpFin|udp|lease|drain)$/i;

const units: Readonly<Record<string, (value: number) => string>> = {
  maxSize: (bytes) => (bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes} bytes`),
  panicThreshold: (share) => `${share}%`,
  announceRate: (rate) => `${rate} a second`,
};

/** Possible secrets are not shown. */
const secrets = new Set(['password', 'basicAuthUsers', 'url', 'headers', 'environment', 'payload', 'body']);

const isRange = (value: unknown): value is { readonly from: number; readonly to: number } =>
  isRecord(value) && typeof value.from === 'number' && typeof value.to === 'number';

/** The name, type or address of a mapping; undefined if it has none. */
const titleOf = (value: Readonly<Record<string, unknown>>): string | undefined => {
  const { name, kind, type, address, prefixLength, port } = value;
  if (isRange(value)) return value.from === value.to ? `${value.from}` : `${value.from}-${value.to}`;
  if (typeof address === 'string')
    return prefixLength !== undefined
      ? `${address}/${prefixLength}`
      : port === undefined
        ? address
        : `${address}:${port}`;
  const title = [kind ?? type, name].filter((part) => part !== undefined).join(' ');
  return title === '' ? undefined : title;
};

/** A value in one phrase; a mapping by its title, or by all its fields. */
const show = (key: string, value: unknown): string => {
  if (value === undefined) return 'none';
  if (secrets.has(key)) return 'a value that is not shown';
  if (typeof value === 'number')
    return spans.test(key) ? formatDuration(value as Milliseconds) : (units[key]?.(value) ?? String(value));
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => show(key, item)).join(', ');
  if (!isRecord(value)) return String(value);
  const fields = (): string[] => Object.entries(value).map(([field, own]) => `${word(field)} ${show(field, own)}`);
  return titleOf(value) ?? fields().join(' ');
};

const singular = (key: string): string =>
  word(key)
    .replace(/sses$/, 'ss')
    .replace(/([^su])s$/, '$1');

const join = (label: string, rest: string): string => (label === '' ? rest : `${label} ${rest}`);

const named = (value: unknown): string | undefined =>
  isRecord(value) && typeof value.name === 'string' ? titleOf(value) : undefined;

/** The differences of two values of a key. */
type Compare = (label: string, key: string, before: unknown, after: unknown) => string[];

const compareLists = (
  label: string,
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  compare: Compare,
): string[] => {
  const one = singular(key);
  const titles = [...before, ...after].map(named);
  if (titles.every((title) => title !== undefined)) {
    const [old, next] = [before, after].map((list) => new Map(list.map((item) => [named(item) ?? '', item])));
    return [...new Set(titles)].flatMap((title) => {
      const [was, is] = [old?.get(title ?? ''), next?.get(title ?? '')];
      const name = join(label, `${one} ${title}`);
      if (was === undefined) return [`${name} is added`];
      return is === undefined ? [`${name} is removed`] : compare(name, '', was, is);
    });
  }
  const all = [...before, ...after];
  if (all.every((item) => isRecord(item) && !isRange(item)) && before.length === after.length) {
    return before.flatMap((item, index) =>
      compare(join(label, before.length === 1 ? one : `${one} ${index + 1}`), key, item, after[index]),
    );
  }
  return [join(label, `${word(key)} ${show(key, before)} -> ${show(key, after)}`)];
};

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const compareFields = (
  label: string,
  before: object,
  after: object,
  except: readonly string[],
  compare: Compare,
): string[] =>
  Object.keys({ ...before, ...after })
    .filter((key) => !except.includes(key))
    .flatMap((key) => {
      const [old, next] = [Reflect.get(before, key) as unknown, Reflect.get(after, key) as unknown];
      if (
        Array.isArray(old ?? next) &&
        (old === undefined || next === undefined || Array.isArray(old) === Array.isArray(next))
      )
        return isDeepStrictEqual(old, next) ? [] : compareLists(label, key, asList(old), asList(next), compare);
      return compare(join(label, word(key)), key, old, next);
    });

const compare: Compare = (label, key, before, after) => {
  if (isDeepStrictEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(label, key, before, after, compare);
  if (isRecord(before) && isRecord(after)) {
    if (before.type !== after.type && typeof before.type === 'string' && typeof after.type === 'string')
      return [join(label, `${before.type} -> ${after.type}`)];
    return secrets.has(key) ? [join(label, 'changes')] : compareFields(label, before, after, [], compare);
  }
  if (secrets.has(key)) return [join(label, 'changes')];
  return [join(label, `${show(key, before)} -> ${show(key, after)}`)];
};

/** Every setting that differs: `priority 150 -> 120`, `check interval 1 s -> 2 s`. */
export const differences = (before: object, after: object, except: readonly string[] = [], label = ''): string[] =>
  compareFields(label, before, after, except, compare);
