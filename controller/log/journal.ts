// The journal on disk: records that outlive a restart, limited in number and size of files.

import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createInterface } from 'node:readline';
import { messageOf } from '../../base/error.ts';
import { setAside } from '../../base/kept-file.ts';
import { fileNames, turnOverNames } from './file-names.ts';
import { isAskedFor, type LogRecord, parseRecord, type RecordFilter, writeRecord } from './record.ts';

export type JournalSize = { readonly files: number; readonly bytes: number };

const usualSize: JournalSize = { files: 3, bytes: 4 * 2 ** 20 };

export type Journal = {
  /** What was at the place of its files and is none, such as a folder or a FIFO, and where it is kept. */
  readonly damage: readonly string[];
  /** Synchronous, so that records survive a killed controller. Opens the file where it is not open. @throws Error of fs */
  readonly write: (record: LogRecord) => void;
  readonly close: () => void;
};

type OpenFile = { readonly fd: number; length: number; isTorn: boolean };

const newline = 0x0a;

/** Whether the last line lacks its end: a crash or a full disk has cut it off. */
const endsTorn = (path: string, length: number): boolean => {
  if (length === 0) return false;
  const fd = openSync(path, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(fd, last, 0, 1, length - 1);
    return last[0] !== newline;
  } finally {
    closeSync(fd);
  }
};

const openFile = (path: string): OpenFile => {
  const fd = openSync(path, 'a', 0o640);
  try {
    const length = fstatSync(fd).size;
    return { fd, length, isTorn: endsTorn(path, length) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

/** Opening a FIFO would wait for its reader, and a folder is never a journal. @returns what was set aside */
const setOthersAside = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => {
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isFile() !== false) return [];
      setAside(path);
      return [`${path} is not a file; it is kept as ${path}.damaged`];
    } catch (error) {
      return [`${path} is no journal: ${messageOf(error)}`];
    }
  });

/** A journal for a single writing process; its file is opened by the first record. */
export const openJournal = (path: string, size: JournalSize = usualSize): Journal => {
  let file: OpenFile | undefined;

  const close = (): void => {
    const closing = file;
    // Forgotten first: the number may soon be another file's.
    file = undefined;
    if (closing !== undefined) closeSync(closing.fd);
  };
  const turnOver = (): void => {
    close();
    for (const [newer, older] of turnOverNames(path, size.files)) if (existsSync(newer)) renameSync(newer, older);
  };

  return {
    damage: setOthersAside(fileNames(path, size.files)),
    write: (record) => {
      const line = Buffer.from(`${writeRecord(record)}\n`);
      if (file !== undefined && file.length > 0 && file.length + line.length > size.bytes) turnOver();
      file ??= openFile(path);
      const bytes = file.isTorn ? Buffer.concat([Buffer.from('\n'), line]) : line;
      let written = 0;
      try {
        // A disk that fills up takes a part.
        while (written < bytes.length) written += writeSync(file.fd, bytes, written);
      } finally {
        file.length += written;
        if (written > 0) file.isTorn = written < bytes.length;
      }
    },
    close,
  };
};

/** @throws Error of fs */
async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path);
  let failure: Error | undefined;
  // Readline does not pass an error of its input on.
  stream.on('error', (error) => {
    failure = error;
  });
  yield* createInterface({ input: stream });
  if (failure !== undefined) throw failure;
}

/** Yields the oldest first. A record cut off by a crash is left out. @throws Error of fs */
export async function* readJournal(
  path: string,
  filter: RecordFilter,
  size: JournalSize = usualSize,
): AsyncGenerator<LogRecord> {
  for (const file of fileNames(path, size.files)) {
    if (!existsSync(file)) continue;
    for await (const line of linesOf(file)) {
      const record = parseRecord(line);
      if (record !== undefined && isAskedFor(record, filter)) yield record;
    }
  }
}
