// What this director has put into the kernel, remembered across its restarts but not across the host's.

import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../base/error.ts';
import { replaceFile } from '../base/whole-file.ts';

export type Ownership = {
  /** Why the file found at the start could not be read, in words; undefined where all was well. It counts as empty. */
  readonly damage: string | undefined;
  keys(): ReadonlySet<string>;
  /** Remembers keys; call it before the kernel is changed. Writes the file only when a key is new. @throws Error of fs */
  claim(keys: Iterable<string>): void;
  /** Forgets keys; call it after the kernel was changed. Writes the file only when a key was there. @throws Error of fs */
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

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Opens the state file; its folder is made where missing. One process writes a file: two give it two files.
 * A claim waits for the disk, so claim at the start or a reload whatever the configuration names, not at a takeover.
 * @param bootId the boot that the keys belong to, by default the kernel's own.
 * @throws Error of fs when the file exists and may not be read.
 */
export const openOwnership = (path: string, bootId: string = readBootId()): Ownership => {
  mkdirSync(dirname(path), { recursive: true });
  const text = readText(path);
  const found = text === undefined ? [] : parseOwnership(text, bootId);
  const damage = 'damage' in found ? `Cannot read ${path}: ${found.damage}` : undefined;
  let owned: ReadonlySet<string> = new Set('damage' in found ? [] : found);

  const store = (keys: ReadonlySet<string>): void => {
    if (keys.size === owned.size) return;
    const stored: Stored = { bootId, keys: [...keys] };
    replaceFile(path, `${JSON.stringify(stored)}\n`);
    owned = keys;
  };
  return {
    damage,
    keys: () => owned,
    claim: (keys) => store(new Set([...owned, ...keys])),
    release: (keys) => {
      const released = new Set(keys);
      store(new Set([...owned].filter((key) => !released.has(key))));
    },
  };
};
