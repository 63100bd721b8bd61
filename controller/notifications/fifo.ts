// Delivers a notification to a FIFO as the line that keepalived would write: for scripts that read one today.

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
  else if (!found.isFIFO()) throw new Error(`${path} is there and is no FIFO`);
};

/** A FIFO that nobody reads is an error (ENXIO), to be tried again; a full one too (EAGAIN). A line is written whole (PIPE_BUF). */
export const fifoDelivery =
  (path: string): Delivery =>
  async (notification) => {
    const line = keepalivedLine(notification);
    if (line === undefined) return;
    await ensureFifo(path);
    const file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENXIO' ? new Error(`nobody reads ${path}`) : error;
    });
    try {
      await file.write(line);
    } finally {
      await file.close();
    }
  };
