// Reads and judges a configuration in its own thread, within limits: no file can end, block or fill the calling process.

import { Worker } from 'node:worker_threads';
import { messageOf } from '../../base/error.ts';
import { programFile } from '../../base/installed-programs.ts';
import { formatDuration, type Milliseconds, milliseconds } from '../../base/units.ts';
import { type ConfigResult, type ReaderTask, refuseFile } from './result.ts';

export type ReadingLimits = {
  /** Limit of reading, from the moment that the thread is loaded. */
  readonly time: Milliseconds;
  /** Limit of the thread's heap. */
  readonly mebibytes: number;
};

/** Limit of loading the thread's program, which a busy host or a slow disk delays, whatever the file is. */
const startTime = milliseconds(120_000);

const usual = { time: milliseconds(30_000), mebibytes: 448, keepsText: false };

export type ReadingOptions = Partial<ReadingLimits> & {
  /** Whether the configuration has its text, so that it can be reread by what has changed. */
  readonly keepsText?: boolean;
  /** Called once the thread runs. */
  readonly onThread?: () => void;
};

/** Reads a configuration file; an error on the way is a problem of the file. Never rejects. */
export const loadConfig = (file: string, options: ReadingOptions = {}): Promise<ConfigResult> =>
  new Promise((resolve) => {
    const { time, mebibytes, keepsText } = { ...usual, ...options };
    const reader = new Worker(programFile('reader'), {
      workerData: { file, keepsText } satisfies ReaderTask,
      resourceLimits: { maxOldGenerationSizeMb: mebibytes, maxYoungGenerationSizeMb: 96, stackSizeMb: 4 },
    });
    let timer: NodeJS.Timeout | undefined;
    const end = (result: ConfigResult): void => {
      clearTimeout(timer);
      resolve(result);
      void reader.terminate();
    };
    const endAfter = (span: Milliseconds, why: string): NodeJS.Timeout =>
      setTimeout(() => end(refuseFile(file, why)), span);
    timer = endAfter(startTime, `cannot be read: its reader does not start within ${formatDuration(startTime)}`);
    reader.on('message', (message: 'begun' | ConfigResult) => {
      if (message !== 'begun') return end(message);
      options.onThread?.();
      clearTimeout(timer);
      timer = endAfter(time, `cannot be read within ${formatDuration(time)}: it is too large or too deep`);
    });
    reader.on('messageerror', (error) => end(refuseFile(file, `cannot be read: ${messageOf(error)}`)));
    reader.on('error', (error: NodeJS.ErrnoException) => {
      const isTooLarge = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      end(
        refuseFile(
          file,
          isTooLarge ? `needs more than ${mebibytes} MiB to be read` : `cannot be read: ${messageOf(error)}`,
        ),
      );
    });
    reader.on('exit', () => end(refuseFile(file, 'cannot be read: its reader has ended')));
  });
