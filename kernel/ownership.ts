// The kernel entries that this director has added, remembered across its restarts but not across the host's.

import { readFileSync } from 'node:fs';
import { messageOf } from '../base/error.ts';
import { type Disk, openKeptFile } from '../base/kept-file.ts';

export type Ownership = {
  /** Why the file could not be read at the start; undefined where it could. It then counts as empty. */
  readonly damage: string | undefined;
  keys(): ReadonlySet<string>;
  /** Why the file is out of date; the write is retried. Undefined once all is written. */
  fault(): string | undefined;
  /** Remembers keys; call it before changing the kernel. Writes the file only for a new key. */
  claim(keys: Iterable<string>): void;
  /** Forgets keys; call it after changing the kernel. Writes the file only where a key was known. */
  release(keys: Iterable<string>): void;
};

const readBootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** A state file under this boot: its keys, and what only a newer build understands. */
type Stored = {
  readonly keys: readonly string[];
  readonly others: readonly unknown[];
  readonly fields: Readonly<Record<string, unknown>>;
};

const nothing: Stored = { keys: [], others: [], fields: {} };

/** Parses a state file. @returns what is valid under this boot, or the fault in the text. */
const parseOwnership = (text: string, boot: string): Stored | { readonly damage: string } => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return { damage: 'it is not a list of keys with a boot id' };
    const { bootId, keys, ...fields } = value as { bootId?: unknown; keys?: unknown };
    if (typeof bootId !== 'string' || !Array.isArray(keys))
      return { damage: 'it is not a list of keys with a boot id' };
    if (bootId !== boot) return nothing;
    const isKey = (key: unknown): key is string => typeof key === 'string';
    return { keys: keys.filter(isKey), others: keys.filter((key) => !isKey(key)), fields };
  } catch (error) {
    return { damage: messageOf(error) };
  }
};

/**
 * Opens the state file; its folder is created where missing. A file has one writing process: two processes use two files. A claim
 * waits for the disk, so claim everything that the configuration names at the start or a reload, not at a takeover. What the disk
 * refuses is kept in memory and written once it can be: a full disk blocks no address.
 * @param bootId the boot that the keys belong to, by default the kernel's own.
 * @param onFault called with the reason when writing begins to fail, and without one when it works again.
 */
export const openOwnership = (
  path: string,
  bootId: string = readBootId(),
  onFault?: (why: string | undefined) => void,
  disk?: Disk,
): Ownership => {
  const file = openKeptFile(path, onFault, disk);
  const found = file.text === undefined ? nothing : parseOwnership(file.text, bootId);
  const { keys, others, fields } = 'damage' in found ? nothing : found;
  const why = 'damage' in found ? found.damage : file.damage;
  const damage = why === undefined ? undefined : `Cannot read ${path}: ${why}; ${file.keepAside()}`;
  let owned: ReadonlySet<string> = new Set(keys);

  const store = (next: ReadonlySet<string>): void => {
    if (next.size === owned.size) return;
    owned = next;
    // What a newer build has written is its own to forget.
    file.write(`${JSON.stringify({ ...fields, bootId, keys: [...owned, ...others] })}\n`);
  };
  return {
    damage,
    fault: file.fault,
    keys: () => owned,
    claim: (wanted) => {
      const next = new Set(owned);
      for (const key of wanted) next.add(key);
      store(next);
    },
    release: (gone) => {
      const released = new Set(gone);
      store(new Set([...owned].filter((key) => !released.has(key))));
    },
  };
};
