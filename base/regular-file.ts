// Reads files that operators edit: never a FIFO, a device or a directory, and never more than expected, since a read of those may wait or fill memory.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

const formatSize = (bytes: number): string => (bytes < 2 ** 20 ? `${bytes / 2 ** 10} KiB` : `${bytes / 2 ** 20} MiB`);

const kindOf = (stats: Stats): string => {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO (named pipe)';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
};

/**
 * The bytes of a regular file.
 * @param most how many bytes it may have
 * @throws Error with a readable message, that of the operation where it fails
 */
export const readRegularFile = (path: string, most: number): Buffer => {
  // Without O_NONBLOCK the opening of a FIFO waits for a writer.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    return readAll(descriptor, path, most);
  } finally {
    closeSync(descriptor);
  }
};

/** As {@link readRegularFile}, of a file that is open. */
export const readAll = (descriptor: number, path: string, most: number): Buffer => {
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) throw new Error(`${path} is ${kindOf(stats)}, not a file`);
  // What the kernel makes at each read has no size.
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
