// The scalar values that only checks have.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import type { Payload, StatusRange } from '../model/check-model.ts';
import { matching, value } from './values.ts';

const quoted = (input: unknown): string | undefined =>
  typeof input === 'number' || typeof input === 'boolean' ? `"${input}"` : undefined;

export const text = () =>
  value('text', (input) => (typeof input === 'string' && input !== '' ? input : undefined), quoted).meta({
    type: 'string',
    minLength: 1,
  });

export const absolutePath = () => matching('an absolute path', /^\/[^\0]*$/);

/** A name or address as it stands in a Host header or a certificate. */
export const hostName = () => matching('a host name', /^[\w.:[\]-]+$/);

/** A path with its query (RFC 9112, section 3.2.1). */
export const httpPath = () => matching('a path that begins with "/"', /^\/[\x21-\x7e]*$/);

export const domainName = () => matching('a domain name', /^(\.|([\w-]{1,63}\.)*[\w-]{1,63}\.?)$/);

export const pattern = () =>
  value('a regular expression', (input) => {
    if (typeof input !== 'string' || input === '') return undefined;
    try {
      return new RegExp(input, 'u').source;
    } catch {
      return undefined;
    }
  }).meta({ type: 'string', minLength: 1 });

const parseStatus = (input: unknown): StatusRange | undefined => {
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(typeof input === 'number' ? String(input) : String(input ?? ''));
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  return from <= to ? { from, to } : undefined;
};

export const statusRange = () =>
  value('a status such as 204, or a range such as 200-299', parseStatus).meta({
    anyOf: [
      { type: 'integer', minimum: 100, maximum: 599 },
      { type: 'string', pattern: '^[1-5]\\d\\d(-[1-5]\\d\\d)?$' },
    ],
  });

const parseHex = (input: unknown): string | undefined => {
  const digits = typeof input === 'string' ? input.replaceAll(/[\s:]/g, '') : '';
  return /^([0-9a-f]{2})+$/i.test(digits) ? digits.toLowerCase() : undefined;
};

export const hexPayload = () =>
  value(
    'pairs of hexadecimal digits in quotes, such as "00ff"',
    (input): Payload | undefined => {
      const digits = parseHex(input);
      return digits === undefined ? undefined : { encoding: 'hex', text: digits };
    },
    quoted,
  ).meta({ type: 'string', pattern: '^[\\s:]*([\\dA-Fa-f][\\s:]*[\\dA-Fa-f][\\s:]*)+$' });

export const textPayload = () =>
  value('text', (input): Payload | undefined =>
    typeof input === 'string' ? { encoding: 'utf8', text: input } : undefined,
  ).meta({ type: 'string' });

/** Days, which no timer has to hold. */
export const days = () =>
  value('a number of days, such as 14d', (input): Milliseconds | undefined => {
    const match = typeof input === 'string' ? /^(\d{1,4})d$/.exec(input) : null;
    return match === null ? undefined : milliseconds(Number(match[1]) * 86_400_000);
  }).meta({ type: 'string', pattern: '^\\d{1,4}d$', unit: 'd', bounds: '0d to 9999d' });

const mapping = (expected: string, pattern: RegExp, isName = (name: string): boolean => pattern.test(name)) =>
  value(expected, (input): Readonly<Record<string, string>> | undefined => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined;
    const entries = Object.entries(input);
    const isText = (content: unknown): content is string => typeof content === 'string' && !/[\0\r\n]/.test(content);
    return entries.every(([name, content]) => isName(name) && isText(content))
      ? Object.fromEntries(entries.map(([name, content]) => [name, String(content)]))
      : undefined;
  }).meta({
    type: 'object',
    propertyNames: { pattern: pattern.source },
    additionalProperties: { type: 'string', pattern: '^[^\\u0000\\r\\n]*$' },
  });

const fieldName = /^[!#$%&'*+.^`|~\w-]+$/;

/** Header fields but Host, which a key of its own sets (RFC 9110, section 5.6.2). */
export const headers = () =>
  mapping(
    'a mapping of header names to text, without "host"',
    fieldName,
    (name) => fieldName.test(name) && name.toLowerCase() !== 'host',
  );

export const environment = () => mapping('a mapping of variable names to text', /^[A-Za-z_]\w*$/);
