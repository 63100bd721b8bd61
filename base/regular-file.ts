// Reads files that operators edit. Refuses FIFOs, devices, directories and oversized files: they may block or fill memory.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

const formatSize = (bytes: number): string => (bytes < 2 ** 20 ? `${bytes / 2 ** 10} KiB` : `${bytes / 2 ** 20} MiB`);

const kindOf = (stats: Stats): string => {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO (named pipe)';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
};

/** Like {@link readRegularFile}, for an open file. */
export const readAll = (descriptor: number, path: string, most: number): Buffer => {
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) throw new Error(`${path} is ${kindOf(stats)}, not a file`);
  // Files that the kernel generates at each read have size 0.
  let content = Buffer.alloc(Math.min(stats.size, most) + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, content, length, content.length - length, null);
    if (count === 0) return content.subarray(0, length);
    length += count;
    if (length > most) throw new Error(`${path} has more than ${formatSize(most)}`);
    if (length === content.length) content = Buffer.concat([content], Math.min(2 * length, most) + 1);
  }
};

/**
 * Reads a regular file.
 * @param most greatest size in bytes
 * @throws with a readable message: the operation's if that fails
 */
export const readRegularFile = (path: string, most: number): Buffer => {
  // Without O_NONBLOCK, opening a FIFO waits for a writer.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    return readAll(descriptor, path, most);
  } finally {
    closeSync(descriptor);
  }
};
