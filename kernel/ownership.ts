// The kernel entries that this director has added, remembered across its restarts but not across the host's.

import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../base/error.ts';
import { replaceFile } from '../base/whole-file.ts';

export type Ownership = {
  /** Why the file could not be read at the start; undefined where it could. It then counts as empty. */
  readonly damage: string | undefined;
  keys(): ReadonlySet<string>;
  /** Why the file is out of date; the write is retried. Undefined once all is written. */
  fault(): string | undefined;
  /**
   * Remembers keys; call it before changing the kernel. Writes the file only for a new key. @throws Error of fs without onFault
   */
  claim(keys: Iterable<string>): void;
  /** Forgets keys; call it after changing the kernel. Writes the file only where a key was known. */
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

/** Parses a state file. @returns the keys that are valid under this boot, or the fault in the text. */
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

/** Interval of retries on a full or read-only disk, in milliseconds. */
const retryEvery = 2000;

/**
 * Opens the state file; its folder is created where missing. A file has one writing process: two processes use two files. A claim
 * waits for the disk, so claim everything that the configuration names at the start or a reload, not at a takeover.
 * @param bootId the boot that the keys belong to, by default the kernel's own.
 * @param onFault where given, a claim that cannot be written is kept in memory and written once it can be, so that a full disk
 * does not block an address. It is called with the reason when writing begins to fail, and without one when it works again.
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
