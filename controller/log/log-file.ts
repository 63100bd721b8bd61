// The configured log file: lines are appended apart from the caller, the file is turned over, and a disk that refuses is tried again.

import { type FileHandle, open, rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/error.ts';
import { turnOverNames } from './file-names.ts';

export type LogFile = {
  readonly write: (line: string) => void;
  /** Why lines wait; undefined while they are written. */
  readonly fault: () => string | undefined;
  /** Resolves once everything is written, or cannot be. */
  readonly close: () => Promise<void>;
};

export type LogFileOptions = { readonly path: string; readonly maxSize: number; readonly keep: number };

/** Bytes that wait for a disk; older lines make room. */
const mostWaiting = 2 ** 20;
/** How often a disk that refuses is tried again, in milliseconds. */
const retryEvery = 2000;

/** @param onFault called with the reason when writing begins to fail, and without one when it works again */
export const openLogFile = (
  { path, maxSize, keep }: LogFileOptions,
  onFault: (why: string | undefined) => void,
): LogFile => {
  let waiting: Buffer[] = [];
  let bytes = 0;
  let running: Promise<void> | undefined;
  let isClosing = false;
  let fault: string | undefined;
  let file: { readonly handle: FileHandle; length: number } | undefined;

  const setFault = (why: string | undefined): void => {
    const isNews = (why === undefined) !== (fault === undefined);
    fault = why;
    if (isNews) onFault(why);
  };
  const closeFile = async (): Promise<void> => {
    const closing = file;
    file = undefined;
    await closing?.handle.close().catch(() => undefined);
  };

  const append = async (line: Buffer): Promise<void> => {
    if (file !== undefined && file.length > 0 && file.length + line.length > maxSize) {
      await closeFile();
      for (const [newer, older] of turnOverNames(path, keep))
        await rename(newer, older).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error;
        });
    }
    if (file === undefined) {
      const handle = await open(path, 'a', 0o640);
      file = { handle, length: (await handle.stat()).size };
    }
    for (let from = 0; from < line.length; ) {
      const { bytesWritten } = await file.handle.write(line, from);
      file.length += bytesWritten;
      from += bytesWritten;
      // What is left of a line follows its beginning.
      if (from < line.length) waiting[0] = line.subarray(from);
    }
  };

  /** Drops the older half; the first line may be under way. */
  const makeRoom = (): void => {
    waiting.splice(1, Math.ceil(waiting.length / 2));
    bytes = waiting.reduce((sum, { length }) => sum + length, 0);
  };

  const run = async (): Promise<void> => {
    for (let line = waiting[0]; line !== undefined; line = waiting[0]) {
      try {
        await append(line);
        waiting.shift();
        bytes -= line.length;
        setFault(undefined);
      } catch (error) {
        await closeFile();
        setFault(messageOf(error));
        if (isClosing) return;
        await sleep(retryEvery, undefined, { ref: false });
      }
    }
    bytes = 0;
  };

  return {
    write: (line) => {
      const added = Buffer.from(`${line}\n`);
      waiting.push(added);
      bytes += added.length;
      if (bytes > mostWaiting) makeRoom();
      running ??= run().finally(() => {
        running = undefined;
      });
    },
    fault: () => fault,
    close: async () => {
      isClosing = true;
      if (fault === undefined) await running;
      await closeFile();
      waiting = [];
    },
  };
};
