// The keys of the authentication trailer, from a file that only its owner may access.

import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { messageOf } from '../../base/error.ts';
import { readAll } from '../../base/regular-file.ts';
import { type Key, keyBounds } from './trailer.ts';

/** The keys, where the first one signs; or why there are none. */
export type KeyFile =
  | { readonly ok: true; readonly keys: readonly Key[] }
  | { readonly ok: false; readonly why: string };

const secretOf = (text: string): Uint8Array | undefined => {
  if (!text.startsWith('hex:')) return Buffer.from(text);
  const digits = text.slice(4);
  return /^([0-9a-f]{2})+$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined;
};

/**
 * Parses a key file: one key a line, `ID SECRET`, where the id is 1-255 and the secret 32 to 64 bytes, as text or as `hex:`
 * and digits. Empty lines and lines that start with `#` are ignored. Error texts do not contain the secret.
 */
export const parseKeys = (text: string): KeyFile => {
  const keys: Key[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const wrong = (why: string): KeyFile => ({ ok: false, why: `line ${index + 1}: ${why}` });
    if (/^\s*(#|$)/.test(line)) continue;
    const [, number, value] = /^\s*(\d{1,3})\s+(\S+)\s*$/.exec(line) ?? [];
    const id = Number(number);
    if (value === undefined || id < 1 || id > 255) return wrong('expected an id from 1 to 255 and a secret');
    const secret = secretOf(value);
    if (secret === undefined) return wrong('the secret after "hex:" is not a hexadecimal number');
    if (secret.length < keyBounds.min || secret.length > keyBounds.max)
      return wrong(`the secret has ${secret.length} bytes, not ${keyBounds.min} to ${keyBounds.max}`);
    if (keys.some((key) => key.id === id)) return wrong(`key ${id} is given twice`);
    keys.push({ id, secret });
  }
  return keys.length === 0 ? { ok: false, why: 'there is no key in it' } : { ok: true, keys };
};

const mostBytes = 2 ** 16;

/** Reads a key file, and refuses it if users other than its owner have access. */
export const readKeyFile = (path: string): KeyFile => {
  const refuse = (why: string): KeyFile => ({ ok: false, why: `cannot use the keys of ${path}: ${why}` });
  let fd: number | undefined;
  try {
    // Without O_NONBLOCK, vrrp would hang until a program writes into a FIFO.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const mode = fstatSync(fd).mode & 0o777;
    if ((mode & 0o077) !== 0)
      return refuse(`its mode is ${mode.toString(8).padStart(4, '0')}, so that others may touch it: chmod 600 it`);
    const keys = parseKeys(readAll(fd, path, mostBytes).toString('utf8'));
    return keys.ok ? keys : refuse(keys.why);
  } catch (error) {
    return refuse(messageOf(error));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};
