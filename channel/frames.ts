// Splits bytes into frames: a frame is one line of JSON, an empty line a heartbeat. Keeps only the unfinished line.

/** Longest accepted frame, in bytes without its newline: a `configure` with 10,000 targets takes about 2 MiB. */
export const frameLimit = 64 * 1024 * 1024;

/** The lines that one chunk completed. After `tooLong` nothing more may be read from this stream. */
export type Frames = { readonly lines: readonly string[]; readonly tooLong: boolean };

const newline = 0x0a;

/** Makes a reader that takes chunks in order and keeps the unfinished line between them, `limit` bytes at most. */
export const createFrameReader = (limit: number = frameLimit): ((chunk: Buffer) => Frames) => {
  let parts: Buffer[] = [];
  let length = 0;
  return (chunk) => {
    const lines: string[] = [];
    let start = 0;
    while (start < chunk.length) {
      const end = chunk.indexOf(newline, start);
      const part = chunk.subarray(start, end === -1 ? chunk.length : end);
      length += part.length;
      if (length > limit) return { lines, tooLong: true };
      parts.push(part);
      if (end === -1) break;
      lines.push(Buffer.concat(parts).toString('utf8'));
      parts = [];
      length = 0;
      start = end + 1;
    }
    return { lines, tooLong: false };
  };
};
