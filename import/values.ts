// keepalived's scalars, read as keepalived reads them and written as regent writes them. Pure.

import { isIP } from 'node:net';
import type { Read, Refusal } from './rows.ts';
import type { Statement } from './statement.ts';

const refuse = (expected: string, { words: [word] }: Statement): Refusal => ({
  refused: word === undefined ? `it has no value: expected ${expected}` : `expected ${expected}, not ${word}`,
});

/** The number at the start of a word, which keepalived accepts with a warning; a word without one is 0 to it. */
export const leadingNumber = (text: string): number => (/^[ \t]*[+-]?\d/.test(text) ? Number.parseInt(text, 10) : 0);

/**
 * A whole number within keepalived's bounds.
 * @param most regent's maximum, if lower than keepalived's.
 */
export const wholeNumber =
  (min: number, max: number, most = max): Read =>
  (statement) => {
    const [word] = statement.words;
    const number = word === undefined ? Number.NaN : leadingNumber(word);
    return number >= min && number <= max
      ? Math.min(number, most)
      : refuse(`a whole number from ${min} to ${max}`, statement);
  };

/** A whole number; keepalived refuses any other characters in the word. */
export const exactNumber =
  (min: number, max: number): Read =>
  (statement) =>
    /^\d+$/.test(statement.words[0] ?? '')
      ? wholeNumber(min, max)(statement)
      : refuse(`a whole number from ${min} to ${max}`, statement);

export const word: Read = (statement) => statement.words[0] ?? refuse('a word', statement);

/** A switch: the bare keyword means on. */
export const isOn = ({ words: [value] }: Statement): boolean => !['off', 'no', 'false'].includes(value ?? 'on');

export const flag: Read = isOn;

/** A number of seconds, which may have a fraction. */
export const secondsOf = ({ words: [value = ''] }: Statement): number | undefined =>
  /^\d*\.?\d+$|^\d+\.$/.test(value) ? Number(value) : undefined;

// regent's longest duration (config/schema/values.ts).
const dayLong = 24 * 3600;

/** Writes seconds as regent does: `500ms`, `1.5s`, `60s`; at most a day. */
export const writeSeconds = (seconds: number): string => {
  const milliseconds = Math.round(Math.min(seconds, dayLong) * 1e6) / 1000;
  return milliseconds === 0 ? '0s' : milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`;
};

/** Whole seconds; keepalived drops a fraction, and takes what is negative for 0 where that is allowed. */
export const wholeSeconds =
  (least: number): Read =>
  (statement) => {
    const [word] = statement.words;
    const seconds = word === undefined ? Number.NaN : leadingNumber(word);
    return seconds >= 0 || (seconds < 0 && least === 0)
      ? writeSeconds(Math.max(least, seconds))
      : refuse('a number of seconds', statement);
  };

/** An address; a prefix length, which keepalived allows but ignores here, is removed. */
export const bareAddress = (text = ''): string | undefined => {
  const address = text.replace(/\/\d+$/, '');
  return isIP(address) === 0 ? undefined : address;
};

/** An address without a port, in brackets if its last group may be taken for one. */
export const unmistaken = (address: string): string =>
  isIP(address) === 6 && /:[1-9]\d*$/.test(address) ? `[${address}]` : address;

/** Writes an address and a port: `192.0.2.1:80`, `[2001:db8::1]:80`. */
export const writeEndpoint = (address: string, port: number): string =>
  port === 0 ? unmistaken(address) : isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;

/** Makes a valid name in regent: letters, digits, `.`, `_` and `-`. */
export const writeName = (text: string): string =>
  text.replace(/[^\w.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'unnamed';
