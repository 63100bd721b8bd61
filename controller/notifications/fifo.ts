// Delivers a notification to a FIFO as keepalived's line, for scripts that read keepalived's FIFO.

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { keepalivedLine } from './notification.ts';
import type { Delivery } from './queue.ts';

const run = promisify(execFile);

const ensureFifo = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => undefined);
  // Node has no mkfifo(3).
  if (found === undefined) await run('mkfifo', ['--mode=600', path]);
  else if (!found.isFIFO()) throw new Error(`${path} exists and is not a FIFO`);
};

/** A FIFO without a reader (ENXIO) and a full one (EAGAIN) are errors, to be tried again. A line is written whole (PIPE_BUF). */
export const fifoDelivery =
  (path: string): Delivery =>
  async (notification) => {
    const line = keepalivedLine(notification);
    if (line === undefined) return;
    await ensureFifo(path);
    const file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENXIO' ? new Error(`no program reads ${path}`) : error;
    });
    try {
      await file.write(line);
    } finally {
      await file.close();
    }
  };
