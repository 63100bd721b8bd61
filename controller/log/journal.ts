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
  /** A folder, FIFO or the like that was found in place of a file of the journal, and its new name. */
  readonly damage: readonly string[];
  /**
   * Writes records, and takes each off the list once it is in the file. Synchronous, so that they survive a killed controller. Opens
   * the file where it is not open. @throws Error of fs
   */
  readonly write: (waiting: LogRecord[]) => void;
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

const countLines = (bytes: Buffer): number => {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
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

  /** The lines of the first records, as many as the file has room for. */
  const linesOfFirst = (waiting: readonly LogRecord[], room: number): string => {
    let [lines, length] = ['', 0];
    for (const record of waiting) {
      const line = `${writeRecord(record)}\n`;
      length += Buffer.byteLength(line);
      // A record that is longer than a file may be has one of its own.
      if (length > room && (lines !== '' || room < size.bytes)) break;
      lines += line;
    }
    return lines;
  };
  const append = (to: OpenFile, lines: string, onWritten: (count: number) => void): void => {
    const bytes = Buffer.from(to.isTorn ? `\n${lines}` : lines);
    const before = to.isTorn ? 1 : 0;
    let written = 0;
    try {
      // A disk that fills up takes a part.
      while (written < bytes.length) written += writeSync(to.fd, bytes, written);
    } finally {
      to.length += written;
      if (written > 0) to.isTorn = bytes[written - 1] !== newline;
      onWritten(Math.max(0, countLines(bytes.subarray(0, written)) - before));
    }
  };

  return {
    damage: setOthersAside(fileNames(path, size.files)),
    write: (waiting) => {
      while (waiting.length > 0) {
        file ??= openFile(path);
        const lines = linesOfFirst(waiting, size.bytes - file.length);
        if (lines === '') turnOver();
        else append(file, lines, (count) => waiting.splice(0, count));
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
