// Scalar values that only checks have.

import { isIP, isIPv4, isIPv6 } from 'node:net';
import { type Milliseconds, milliseconds } from '../../base/units.ts';
import { parseExpression } from '../model/regular-expression.ts';
import { judged, scalar, value } from './scalar.ts';
import { orNamed } from './secret.ts';
import { matching } from './values.ts';

const tlsVersions = ['1.0', '1.1', '1.2', '1.3'] as const;

/** Status codes, both included. */
type StatusRange = { readonly from: number; readonly to: number };

/** Bytes as the configuration writes them: `text` itself, or pairs of hexadecimal digits. */
export type Payload = { readonly encoding: 'utf8' | 'hex'; readonly text: string };

const quoted = (input: unknown): string | undefined =>
  typeof input === 'number' || typeof input === 'boolean' ? `"${input}"` : undefined;

export const text = () =>
  value(
    'text',
    (input) => (typeof input === 'string' && input !== '' ? input : undefined),
    { type: 'string', minLength: 1 },
    quoted,
  );

export const absolutePath = () => matching('an absolute path', /^\/[^\0]*$/);

const label = /^(?!-)[\w-]{1,63}(?<!-)$/;

const isName = (name: string): boolean => {
  const labels = name.replace(/\.$/, '').split('.');
  // Four numbers are meant as an address; a last label of digits alone is not a name (RFC 1123, section 2.1).
  return name.length <= 254 && labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1) ?? '');
};

/** A name, an IPv4 address, or an IPv6 address in brackets; with a port if `ports` (RFC 9110, section 7.2). */
const authority = (ports: boolean) => (input: unknown) => {
  const match = typeof input === 'string' ? /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(input) : null;
  if (match === null) return undefined;
  const [whole, bracketed, plain = '', port] = match;
  if (port !== undefined && (!ports || Number(port) < 1 || Number(port) > 65_535)) return undefined;
  const isHost =
    bracketed === undefined ? isIPv4(plain) || isName(plain) : isIPv6(bracketed) && !bracketed.includes('%');
  return isHost ? whole : undefined;
};

const bracket = (input: unknown): string | undefined =>
  typeof input === 'string' && isIPv6(input) ? `[${input}]` : undefined;

/** The value of a Host header. */
export const hostHeader = () =>
  value(
    'a host, and a port where it is not the usual one, such as www.example.org:8080',
    authority(true),
    { type: 'string', pattern: '^[\\w.:[\\]-]+$' },
    bracket,
  );

/** A name in a certificate. */
export const certificateName = () =>
  value(
    'a host name or an address',
    (input) => (typeof input === 'string' && (isIP(input) !== 0 || isName(input)) ? input : undefined),
    { type: 'string', pattern: '^[\\w.:-]+$' },
  );

/** A name, or an address literal (RFC 5321, section 4.1.3). */
export const heloName = () =>
  value(
    'a host name, or an address in brackets',
    (input) => {
      if (typeof input !== 'string') return undefined;
      const literal = /^\[(?:IPv6:(.+)|(.+))\]$/i.exec(input);
      if (literal === null) return isName(input) ? input : undefined;
      return isIPv6(literal[1] ?? '') || isIPv4(literal[2] ?? '') ? input : undefined;
    },
    { type: 'string', pattern: '^[\\w.:[\\]-]+$' },
    (input) => {
      if (typeof input !== 'string' || isIP(input) === 0) return undefined;
      return isIP(input) === 4 ? `[${input}]` : `[IPv6:${input}]`;
    },
  );

/** YAML reads 1.2 as a number, and 1.0 as 1. */
export const tlsVersion = () =>
  value(
    `one of ${tlsVersions.join(', ')}`,
    (input) =>
      tlsVersions.find((version) => version === input || (typeof input === 'number' && Number(version) === input)),
    { enum: [...tlsVersions, ...tlsVersions.map(Number)], unit: tlsVersions.join(', ') },
  );

/** A path with its query (RFC 9112, section 3.2.1). */
export const httpPath = () => matching('a path that begins with "/"', /^\/[\x21-\x7e]*$/);

export const domainName = () => matching('a domain name', /^(\.|([\w-]{1,63}\.)*[\w-]{1,63}\.?)$/);

const whyNoExpression = (input: unknown): string | undefined => {
  const found =
    typeof input === 'string' && input !== '' ? parseExpression(input) : 'expected a regular expression, as text';
  return typeof found === 'string' ? found : undefined;
};

export const pattern = () =>
  scalar(
    {
      parse: (input) => (whyNoExpression(input) === undefined ? String(input) : undefined),
      refuse: (input) => ({ message: `${JSON.stringify(input)} cannot be used: ${whyNoExpression(input)}` }),
    },
    { type: 'string', minLength: 1 },
  );

const parseStatus = (input: unknown): StatusRange | undefined => {
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(typeof input === 'number' ? String(input) : String(input ?? ''));
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  return from <= to ? { from, to } : undefined;
};

export const statusRange = () =>
  value('a status such as 204, or a range such as 200-299', parseStatus, {
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
    { type: 'string', pattern: '^[\\s:]*([\\dA-Fa-f][\\s:]*[\\dA-Fa-f][\\s:]*)+$' },
    quoted,
  );

export const textPayload = () =>
  value(
    'text',
    (input): Payload | undefined => (typeof input === 'string' ? { encoding: 'utf8', text: input } : undefined),
    { type: 'string' },
  );

/** Days, not limited to what a timer can hold. */
export const days = () =>
  value(
    'a number of days, such as 14d',
    (input): Milliseconds | undefined => {
      const match = typeof input === 'string' ? /^(\d{1,4})d$/.exec(input) : null;
      return match === null ? undefined : milliseconds(Number(match[1]) * 86_400_000);
    },
    { type: 'string', pattern: '^\\d{1,4}d$', unit: 'd', bounds: '0d to 9999d' },
  );

const texts = (
  expected: string,
  pattern: RegExp,
  content: RegExp,
  isName = (name: string): boolean => pattern.test(name),
) =>
  value(
    expected,
    (input): Readonly<Record<string, string>> | undefined => {
      if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined;
      const entries = Object.entries(input);
      const isText = (text: unknown): text is string => typeof text === 'string' && content.test(text);
      return entries.every(([name, text]) => isName(name) && isText(text))
        ? Object.fromEntries(entries.map(([name, text]) => [name, String(text)]))
        : undefined;
    },
    {
      type: 'object',
      propertyNames: { pattern: pattern.source },
      additionalProperties: orNamed({ type: 'string', pattern: content.source }),
    },
  );

const fieldName = /^[!#$%&'*+.^`|~\w-]+$/;
/** RFC 9110, section 5.5: tabs, and all characters of ISO 8859-1 that are not controls. */
const fieldText = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Header fields except Host, which has a key of its own (RFC 9110, section 5.6.2). */
export const headers = () =>
  texts(
    'a mapping of header names to text that HTTP can carry, without "host"',
    fieldName,
    fieldText,
    (name) => fieldName.test(name) && name.toLowerCase() !== 'host',
  );

/** Fields that describe the connection or the body (RFC 9110, section 7.6.1). */
const ownFields =
  /^(connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

/** Header fields of a webhook, each given once. */
export const hookHeaders = () =>
  judged(texts('a mapping of header names to text that HTTP can carry', fieldName, fieldText), (_input, fields) => {
    const names = Object.keys(fields);
    const first = new Map(names.toReversed().map((name) => [name.toLowerCase(), name]));
    return names.flatMap((name) => {
      if (ownFields.test(name)) return [{ message: `the header "${name}" is regent's own` }];
      const other = first.get(name.toLowerCase());
      return other === name ? [] : [{ message: `the headers "${other}" and "${name}" are the same` }];
    });
  });

/** Names of users and hashes of their passwords by bcrypt, as htpasswd and Prometheus's web configuration files have them. */
export const passwordHashes = () =>
  texts(
    'a mapping of user names to bcrypt hashes, such as htpasswd -nB prints',
    /^[!-9;-~]+$/,
    /^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$/,
  );

export const environment = () => texts('a mapping of variable names to text', /^[A-Za-z_]\w*$/, /^[^\0\r\n]*$/);
