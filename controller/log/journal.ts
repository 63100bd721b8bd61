// The journal on disk: the records that outlive a restart, bounded by so many files of so many bytes.

import { closeSync, createReadStream, existsSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { join, parse } from 'node:path';
import { createInterface } from 'node:readline';
import { isAskedFor, type LogRecord, parseRecord, type RecordFilter } from './record.ts';

export type JournalSize = { readonly files: number; readonly bytes: number };

const usualSize: JournalSize = { files: 3, bytes: 4 * 2 ** 20 };

export type Journal = {
  /** Written when this returns, so that a controller that is killed leaves it behind. @throws Error of fs */
  readonly write: (record: LogRecord) => void;
  readonly close: () => void;
};

/** `journal.jsonl` is the newest, `journal2.jsonl` older than `journal1.jsonl`; those that there may be, oldest first. */
const filesOf = (path: string, { files }: JournalSize): readonly string[] => {
  const { dir, name, ext } = parse(path);
  const numbers = Array.from({ length: files - 1 }, (_, index) => files - 1 - index);
  return [...numbers.map((number) => join(dir, `${name}${number}${ext}`)), path];
};

/** Opens the journal; one process writes it. @throws Error of fs */
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

/** Oldest first. A last record that a crash cut off is left out. */
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
