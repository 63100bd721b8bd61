// The journal on disk: records that outlive a restart, limited in number and size of files.

import { closeSync, createReadStream, existsSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { join, parse } from 'node:path';
import { createInterface } from 'node:readline';
import { isAskedFor, type LogRecord, parseRecord, type RecordFilter } from './record.ts';

export type JournalSize = { readonly files: number; readonly bytes: number };

const usualSize: JournalSize = { files: 3, bytes: 4 * 2 ** 20 };

export type Journal = {
  /** Synchronous, so that records survive a killed controller. @throws Error of fs */
  readonly write: (record: LogRecord) => void;
  readonly close: () => void;
};

/** The possible files, oldest first. `journal.jsonl` is the newest, `journal2.jsonl` is older than `journal1.jsonl`. */
const filesOf = (path: string, { files }: JournalSize): readonly string[] => {
  const { dir, name, ext } = parse(path);
  const numbers = Array.from({ length: files - 1 }, (_, index) => files - 1 - index);
  return [...numbers.map((number) => join(dir, `${name}${number}${ext}`)), path];
};

/** Opens the journal, for a single writing process. @throws Error of fs */
export const openJournal = (path: string, size: JournalSize = usualSize): Journal => {
  let fd = openSync(path, 'a', 0o640);
  let length = fstatSync(fd).size;

  const turnOver = (): void => {
    closeSync(fd);
    const files = filesOf(path, size);
    for (const [index, older] of files.slice(0, -1).entries()) {
      const newer = files[index + 1];
      if (newer !== undefined && existsSync(newer)) renameSync(newer, older);
    }
    fd = openSync(path, 'a', 0o640);
    length = 0;
  };

  return {
    write: (record) => {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      if (length > 0 && length + line.length > size.bytes) turnOver();
      length += writeSync(fd, line);
    },
    close: () => closeSync(fd),
  };
};

/** Yields the oldest first. A last record cut off by a crash is left out. */
export async function* readJournal(
  path: string,
  filter: RecordFilter,
  size: JournalSize = usualSize,
): AsyncGenerator<LogRecord> {
  for (const file of filesOf(path, size)) {
    if (!existsSync(file)) continue;
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const record = parseRecord(line);
      if (record !== undefined && isAskedFor(record, filter)) yield record;
    }
  }
}
