// Scalar values of the configuration: each says what it expects, and suggests a correction if the intent is plain.

import { z } from 'zod';
import { suggestWord } from '../../base/suggestion.ts';
import { type Milliseconds, milliseconds, parseDuration } from '../../base/units.ts';
import { parseCidr } from '../../net/cidr.ts';
import { type Endpoint, parseEndpoint } from '../../net/endpoint.ts';
import { familyOf, parseAddress } from '../../net/ip-address.ts';

const show = (input: unknown): string =>
  typeof input === 'object' && input !== null ? (Array.isArray(input) ? 'a list' : 'a mapping') : JSON.stringify(input);

/**
 * A parsed value, or a complaint that says what was expected. `meta` describes it for JSON Schema; `unit` and `bounds` are for
 * people (reference.ts).
 */
export const value = <T>(
  expected: string,
  parse: (input: unknown) => T | undefined,
  suggest: (input: unknown) => string | undefined = () => undefined,
) =>
  z.unknown().transform((input, context): T => {
    const parsed = parse(input);
    if (parsed !== undefined) return parsed;
    const message = `expected ${expected}, not ${show(input)}`;
    context.issues.push({ code: 'custom', message, input, params: { suggestion: suggest(input) } });
    return z.NEVER;
  });

/** Makes a parser of texts accept only texts. */
export const ofText =
  <T>(parse: (text: string) => T | undefined) =>
  (input: unknown): T | undefined =>
    typeof input === 'string' ? parse(input) : undefined;

/** A text that matches a regular expression. */
export const matching = (expected: string, pattern: RegExp) =>
  value(expected, (input) => (typeof input === 'string' && pattern.test(input) ? input : undefined)).meta({
    type: 'string',
    pattern: pattern.source,
  });

/** A whole number within bounds, both included. */
export const whole = (min: number, max: number) =>
  value(`a whole number from ${min} to ${max}`, (input) =>
    typeof input === 'number' && Number.isInteger(input) && input >= min && input <= max ? input : undefined,
  ).meta({ type: 'integer', minimum: min, maximum: max });

export const flag = () =>
  value(
    'true or false',
    (input) => (typeof input === 'boolean' ? input : undefined),
    (input) => (input === 'on' || input === 'yes' ? 'true' : input === 'off' || input === 'no' ? 'false' : undefined),
  ).meta({ type: 'boolean' });

/** One of a few words or numbers. */
export const choice = <const T extends string | number>(options: readonly T[]) =>
  value(
    options.length === 1 ? String(options[0]) : `one of ${options.join(', ')}`,
    (input) => options.find((option) => option === input),
    (input) => (typeof input === 'string' ? suggestWord(input, options.map(String)) : undefined),
  ).meta({ enum: [...options] });

/** A name for people and commands. */
export const name = () => matching('a name of letters, digits, ".", "_" and "-"', /^[A-Za-z0-9][\w.-]*$/);

/** A text whose bytes in UTF-8 are within bounds, both included. */
export const text = (min: number, max: number) =>
  value(`a text of ${min} to ${max} bytes`, (input) => {
    const length = typeof input === 'string' ? Buffer.byteLength(input) : -1;
    return length >= min && length <= max ? String(input) : undefined;
  }).meta({ type: 'string', minLength: min, maxLength: max, bounds: `${min} to ${max} bytes` });

/** An absolute file path: a director may be started in any directory. */
export const filePath = () => matching('an absolute path, such as /etc/regent/vrrp.keys', /^\//);

/** One pattern of file names, or several. */
export const globs = () =>
  value('a file name or a list of them, which may have wildcards', (input) => {
    const patterns = typeof input === 'string' ? [input] : input;
    const isGood = Array.isArray(patterns) && patterns.every((each) => typeof each === 'string' && each !== '');
    return isGood ? (patterns as string[]) : undefined;
  }).meta({
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string', minLength: 1 } },
    ],
  });

/** A network interface's name, by the kernel's own rule (dev_valid_name, net/core/dev.c). */
export const interfaceName = () =>
  matching('an interface name of at most 15 characters', /^(?!\.{1,2}$)[^\s/:]{1,15}$/).meta({
    bounds: '1 to 15 characters',
  });

const dayLong = 24 * 3_600_000;

/** A duration with its unit; the limit keeps every deadline within what a timer can hold. */
export const duration = (lowest: 'zero' | 'positive') =>
  value(
    `a duration with its unit, such as 1s or 500ms, ${lowest === 'zero' ? '' : 'above zero and '}at most 24h`,
    (input): Milliseconds | undefined => {
      const span = typeof input === 'string' ? parseDuration(input) : undefined;
      return span === undefined || span > dayLong || (span === 0 && lowest === 'positive')
        ? undefined
        : milliseconds(span);
    },
    (input) => {
      const bare = typeof input === 'number' ? `${input}s` : undefined;
      const span = bare === undefined ? undefined : parseDuration(bare);
      return span === undefined || span > dayLong || (span === 0 && lowest === 'positive') ? undefined : bare;
    },
  ).meta({
    type: 'string',
    pattern: `^${lowest === 'zero' ? '' : '(?=.*[1-9])'}\\d+(\\.\\d+)?(ms|s|m|h)$`,
    unit: 'ms, s, m or h',
    bounds: `${lowest === 'zero' ? '0s' : 'above 0s'}, at most 24h`,
  });

export const readAddress = ofText(parseAddress);
export const readCidr = ofText(parseCidr);

const addressPattern = '[\\dA-Fa-f.:]*[.:][\\dA-Fa-f.:]*';

export const cidr = () =>
  value('an IP address, such as 192.0.2.1/32 or 2001:db8::1/64', readCidr).meta({
    type: 'string',
    pattern: `^${addressPattern}(/\\d{1,3})?$`,
  });

/** The JSON Schema of an address of either family. */
export const addressShape = { type: 'string', pattern: `^${addressPattern}$` } as const;

export const ipAddress = () => value('an IP address, such as 192.0.2.1 or fe80::1', readAddress).meta(addressShape);

/** Parses the text of an IPv4 address and a port. */
export const parseIpv4Endpoint = (text: string): Endpoint | undefined => {
  const found = parseEndpoint(text);
  return found !== undefined && found.port > 0 && familyOf(found.address) === 'ipv4' ? found : undefined;
};

export const endpoint = () =>
  value('an IPv4 address and a port, such as 192.0.2.1:80', ofText(parseIpv4Endpoint), (input) =>
    typeof input === 'string' && parseIpv4Endpoint(`${input}:80`) !== undefined ? `${input}:80` : undefined,
  ).meta({ type: 'string', pattern: '^[\\d.]+:[1-9]\\d{0,4}$' });
