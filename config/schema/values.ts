// Scalar values of the configuration.

import { suggestWord } from '../../base/suggestion.ts';
import { type Milliseconds, milliseconds, parseDuration } from '../../base/units.ts';
import { parseCidr } from '../../net/cidr.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../../net/endpoint.ts';
import { parseAddress } from '../../net/ip-address.ts';
import { judgeHost, judgeUnscoped } from './host-address.ts';
import { judged, ofText, type Scalar, value } from './scalar.ts';

/** A text that matches a regular expression. */
export const matching = (expected: string, pattern: RegExp, bounds?: string): Scalar<string> =>
  value(expected, (input) => (typeof input === 'string' && pattern.test(input) ? input : undefined), {
    type: 'string',
    pattern: pattern.source,
    ...(bounds !== undefined && { bounds }),
  });

/** Text without NUL, which no argument of a program can have. */
export const plainText = (): Scalar<string> =>
  value('text', (input) => (typeof input === 'string' && !input.includes('\0') ? input : undefined), {
    type: 'string',
    pattern: '^[^\\u0000]*$',
  });

/** A whole number within bounds, both included. */
export const whole = (minimum: number, maximum: number, unit?: string): Scalar<number> =>
  value(
    `a whole number from ${minimum} to ${maximum}`,
    (input) =>
      typeof input === 'number' && Number.isInteger(input) && input >= minimum && input <= maximum ? input : undefined,
    { type: 'integer', minimum, maximum, ...(unit !== undefined && { unit }) },
  );

export const flag = (): Scalar<boolean> =>
  value(
    'true or false',
    (input) => (typeof input === 'boolean' ? input : undefined),
    { type: 'boolean' },
    (input) => (input === 'on' || input === 'yes' ? 'true' : input === 'off' || input === 'no' ? 'false' : undefined),
  );

/** One of a few words or numbers. */
export const choice = <const T extends string | number>(options: readonly T[]): Scalar<T> =>
  value(
    options.length === 1 ? String(options[0]) : `one of ${options.join(', ')}`,
    (input) => options.find((option) => option === input),
    { enum: [...options] },
    (input) => (typeof input === 'string' ? suggestWord(input, options.map(String)) : undefined),
  );

/** A name for people and commands. */
export const name = (): Scalar<string> =>
  matching('a name of letters, digits, ".", "_" and "-"', /^[A-Za-z0-9][\w.-]*$/);

/** A text whose bytes in UTF-8 are within bounds, both included. */
export const text = (min: number, max: number): Scalar<string> =>
  value(
    `a text of ${min} to ${max} bytes`,
    (input) => {
      const length = typeof input === 'string' ? Buffer.byteLength(input) : -1;
      return length >= min && length <= max ? String(input) : undefined;
    },
    { type: 'string', minLength: min, maxLength: max, bounds: `${min} to ${max} bytes` },
  );

/** An absolute path of a file, since a director may be started in any directory. No path has a NUL. */
export const filePath = (example = ''): Scalar<string> =>
  matching(`an absolute path${example && `, such as ${example}`}`, /^\/[^\0\n]*[^/\0\n]$/);

/** One pattern of file names, or several. */
export const globs = (): Scalar<readonly string[]> =>
  value(
    'a file name or a list of them, which may have wildcards',
    (input) => {
      const patterns = typeof input === 'string' ? [input] : input;
      const isGood = Array.isArray(patterns) && patterns.every((each) => typeof each === 'string' && each !== '');
      return isGood ? (patterns as string[]) : undefined;
    },
    {
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'array', items: { type: 'string', minLength: 1 } },
      ],
    },
  );

/** A network interface's name, by the kernel's own rule (dev_valid_name, net/core/dev.c). */
export const interfaceName = (): Scalar<string> =>
  matching('an interface name of at most 15 characters', /^(?!\.{1,2}$)[^\s/:]{1,15}$/, '1 to 15 characters');

const dayLong = 24 * 3_600_000;

/** A duration with its unit; the limit keeps every deadline within what a timer can hold. */
export const duration = (lowest: 'zero' | 'positive', bounds?: string): Scalar<Milliseconds> => {
  const parse = (text: string): Milliseconds | undefined => {
    const span = parseDuration(text);
    return span === undefined || span > dayLong || (span === 0 && lowest === 'positive')
      ? undefined
      : milliseconds(span);
  };
  return value(
    `a duration with its unit, such as 1s or 500ms, ${lowest === 'zero' ? '' : 'above zero and '}at most 24h`,
    ofText(parse),
    {
      type: 'string',
      pattern: `^${lowest === 'zero' ? '' : '(?=.*[1-9])'}\\d+(\\.\\d+)?(ms|s|m|h)$`,
      unit: 'ms, s, m or h',
      bounds: bounds ?? `${lowest === 'zero' ? '0s' : 'above 0s'}, at most 24h`,
    },
    (input) => (typeof input === 'number' && parse(`${input}s`) !== undefined ? `${input}s` : undefined),
  );
};

const addressPattern = '[\\dA-Fa-f.:]*[.:][\\dA-Fa-f.:]*';

export const cidr = () =>
  value('an IP address, such as 192.0.2.1/32 or 2001:db8::1/64', ofText(parseCidr), {
    type: 'string',
    pattern: `^${addressPattern}(/\\d{1,3})?$`,
  });

export const ipAddress = () =>
  value('an IP address, such as 192.0.2.1 or fe80::1', ofText(parseAddress), {
    type: 'string',
    pattern: `^${addressPattern}$`,
  });

/** The address of one host. */
export const hostAddress = () => judged(ipAddress(), judgeHost);

/** The address of one host that is reached without naming an interface. */
export const reachableAddress = () => judged(hostAddress(), judgeUnscoped);

/** Parses the text of an address and a port, an IPv6 address in brackets. */
export const parsePeerEndpoint = (text: string): Endpoint | undefined => {
  const found = parseEndpoint(text);
  return found !== undefined && found.port > 0 ? found : undefined;
};

/** Where a director speaks with others. */
export const endpoint = () =>
  judged(
    value(
      'an address and a port, such as 192.0.2.1:80 or [2001:db8::1]:80',
      ofText(parsePeerEndpoint),
      { type: 'string', pattern: '^(?:[\\d.]+|\\[[\\da-fA-F:.]+\\]):[1-9]\\d{0,4}$' },
      (input) => {
        const address = typeof input === 'string' ? parseEndpoint(input)?.address : undefined;
        return address === undefined ? undefined : formatEndpoint({ address, port: 80 });
      },
    ),
    judgeUnscoped,
  );
