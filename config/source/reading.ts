// Reads and judges a configuration in its own thread, within limits: no file can end, block or fill the calling process.

import { Worker } from 'node:worker_threads';
import { messageOf } from '../../base/error.ts';
import { formatDuration, type Milliseconds, milliseconds } from '../../base/units.ts';
import { type ConfigResult, refuseFile } from './result.ts';

export type ReadingLimits = {
  readonly time: Milliseconds;
  /** Limit of the thread's heap. */
  readonly mebibytes: number;
};

const usual: ReadingLimits = { time: milliseconds(30_000), mebibytes: 448 };

/** Reads a configuration file; an error on the way is a problem of the file. Never rejects. */
export const loadConfig = (file: string, { time, mebibytes }: ReadingLimits = usual): Promise<ConfigResult> =>
  new Promise((resolve) => {
    const reader = new Worker(new URL('./reader.js', import.meta.url), {
      workerData: file,
      resourceLimits: { maxOldGenerationSizeMb: mebibytes, maxYoungGenerationSizeMb: 96, stackSizeMb: 4 },
    });
    const end = (result: ConfigResult): void => {
      clearTimeout(timer);
      resolve(result);
      void reader.terminate();
    };
    const timer = setTimeout(
      () => end(refuseFile(file, `cannot be read within ${formatDuration(time)}: it is too large or too deep`)),
      time,
    );
    reader.on('message', end);
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
