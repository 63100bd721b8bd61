// What this director has put into the kernel, remembered across its restarts but not across the host's.

import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../base/error.ts';
import { replaceFile } from '../base/whole-file.ts';

export type Ownership = {
  /** Why the file found at the start could not be read, in words; undefined where all was well. It counts as empty. */
  readonly damage: string | undefined;
  keys(): ReadonlySet<string>;
  /** Why the file does not hold what is remembered, in words; it is tried again by itself. Undefined where all was written. */
  fault(): string | undefined;
  /** Remembers keys; call it before the kernel is changed. Writes the file only when a key is new. @throws Error of fs, without onFault */
  claim(keys: Iterable<string>): void;
  /** Forgets keys; call it after the kernel was changed. Writes the file only when a key was there. */
  release(keys: Iterable<string>): void;
};

const readBootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

type Stored = { readonly bootId: string; readonly keys: readonly string[] };

const isStored = (value: unknown): value is Stored =>
  typeof value === 'object' &&
  value !== null &&
  'bootId' in value &&
  typeof value.bootId === 'string' &&
  'keys' in value &&
  Array.isArray(value.keys) &&
  value.keys.every((key) => typeof key === 'string');

/** Reads a state file's text. @returns the keys that still count under this boot, or what is wrong with the text. */
export const parseOwnership = (text: string, bootId: string): readonly string[] | { readonly damage: string } => {
  try {
    const value: unknown = JSON.parse(text);
    if (!isStored(value)) return { damage: 'it is not a list of keys with a boot id' };
    return value.bootId === bootId ? value.keys : [];
  } catch (error) {
    return { damage: messageOf(error) };
  }
};

const readKeys = (path: string, bootId: string): readonly string[] | { readonly damage: string } => {
  try {
    return parseOwnership(readFileSync(path, 'utf8'), bootId);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? [] : { damage: messageOf(error) };
  }
};

/** A disk that was full or read-only is tried again this often, in milliseconds. */
const retryEvery = 2000;

/**
 * Opens the state file; its folder is made where missing. One process writes a file: two give it two files.
 * A claim waits for the disk, so claim at the start or a reload whatever the configuration names, not at a takeover.
 * @param bootId the boot that the keys belong to, by default the kernel's own.
 * @param onFault where given, a claim that cannot be written is remembered by this process and written once it can be, so that a
 * full disk costs no address. It is called when writing begins to fail, with the reason, and without one when it works again.
 */
export const openOwnership = (
  path: string,
  bootId: string = readBootId(),
  onFault?: (why: string | undefined) => void,
): Ownership => {
  const found = readKeys(path, bootId);
  const damage = 'damage' in found ? `Cannot read ${path}: ${found.damage}` : undefined;
  let owned: ReadonlySet<string> = new Set('damage' in found ? [] : found);

  let fault: string | undefined;
  let retry: NodeJS.Timeout | undefined;

  const write = (): void => {
    clearTimeout(retry);
    const before = fault;
    const stored: Stored = { bootId, keys: [...owned] };
    try {
      mkdirSync(dirname(path), { recursive: true });
      replaceFile(path, `${JSON.stringify(stored)}\n`);
      fault = undefined;
    } catch (error) {
      fault = messageOf(error);
      retry = setTimeout(write, retryEvery);
      retry.unref();
    }
    if (fault !== before) onFault?.(fault);
  };

  const store = (keys: ReadonlySet<string>): void => {
    if (keys.size === owned.size) return;
    owned = keys;
    write();
  };
  return {
    damage,
    fault: () => fault,
    keys: () => owned,
    claim: (keys) => {
      const before = owned;
      store(new Set([...owned, ...keys]));
      if (fault === undefined || onFault !== undefined || owned === before) return;
      owned = before;
      throw new Error(fault);
    },
    release: (keys) => {
      const released = new Set(keys);
      store(new Set([...owned].filter((key) => !released.has(key))));
    },
  };
};
