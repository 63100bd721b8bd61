// Scalar values of a drill's file.

import { type Milliseconds, milliseconds, parseDuration } from '../../base/units.ts';
import { ofText, type Scalar, value } from '../../config/schema/scalar.ts';
import { name } from '../../config/schema/values.ts';
import { type Bound, type Plain, parseBound, terms } from './bound.ts';

/** Requests a second. */
export const rate = (): Scalar<number> =>
  value(
    'a rate from 1/s to 2000/s, such as 50/s',
    ofText((text) => {
      const rate = Number(/^(\d+(?:\.\d+)?)\/s$/.exec(text)?.[1]);
      return rate >= 1 && rate <= 2000 ? rate : undefined;
    }),
    { type: 'string', pattern: '^\\d+(\\.\\d+)?/s$' },
    (input) => (typeof input === 'number' ? `${input}/s` : undefined),
  );

/** What the client asks for: HTTP, by address or name. */
export const url = (): Scalar<string> =>
  value(
    'a URL such as http://192.168.55.100/',
    ofText((text) => {
      if (!URL.canParse(text)) return undefined;
      const { protocol, username, password, hash } = new URL(text);
      return protocol === 'http:' && username + password + hash === '' ? text : undefined;
    }),
    { type: 'string', pattern: '^http://' },
    (input) => (typeof input === 'string' && /^[\w.-]+(:\d+)?(\/\S*)?$/.test(input) ? `http://${input}` : undefined),
  );

const examples: Readonly<Record<Bound['unit'], string>> = {
  time: '"<= master_down + 250ms" or 100ms',
  count: '0 or "<= 5"',
  percent: '"<= 0.1%"',
};

/** A bound of a measured value. */
export const bound = (units: readonly Bound['unit'][], plain: Plain = '<='): Scalar<Bound> =>
  value(
    `a bound such as ${units.map((unit) => examples[unit]).join(' or ')}${units.includes('time') ? ` (terms: durations, ${terms.join(', ')}, joined by + and -)` : ''}`,
    (input) => parseBound(input, units, plain),
    { anyOf: [{ type: 'string' }, { type: 'integer', minimum: 0 }] },
  );

/** A share of frames. */
export const share = (): Scalar<number> =>
  value(
    'a share above 0% and at most 100%, such as 30%',
    ofText((text) => {
      const share = Number(/^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1]);
      return share > 0 && share <= 100 ? share : undefined;
    }),
    { type: 'string', pattern: '^\\d+(\\.\\d+)?\\s*%$' },
    (input) => (typeof input === 'number' ? `${input}%` : undefined),
  );

/** A duration that may be negative: how far a clock is moved. */
export const jump = (): Scalar<Milliseconds> =>
  value(
    'a duration with its unit and a sign, such as -1h or +30s',
    ofText((text) => {
      const sign = text.startsWith('-') ? -1 : 1;
      const span = parseDuration(text.replace(/^[+-]/, ''));
      return span === undefined || span === 0 ? undefined : milliseconds(sign * span);
    }),
    { type: 'string', pattern: '^[+-]?\\d+(\\.\\d+)?(ms|s|m|h)$' },
  );

/** A network of the lab, whose names are numbers, or an interface. */
export const network = (): Scalar<string> => {
  const text = name();
  return { ...text, read: (input, ...rest) => text.read(typeof input === 'number' ? String(input) : input, ...rest) };
};
