// Decodes a chunked body (RFC 9112, section 7.1) from a byte stream. Pure but for the bytes it keeps.

export type Chunks = {
  readonly data: readonly Buffer[];
  readonly isWhole: boolean;
  /** Whether bytes follow the end of the body. */
  readonly hasMore: boolean;
  readonly malformed?: string;
  /** The first violation that was accepted. */
  readonly flaw?: string;
};

export type ChunkReader = { readonly read: (bytes: Buffer) => Chunks };

/** Limit of a line, and of all trailers together. */
const mostLine = 16 * 1024;

export const createChunkReader = (): ChunkReader => {
  let state: 'size' | 'data' | 'behind data' | 'trailers' | 'whole' = 'size';
  let line: Buffer = Buffer.alloc(0);
  let left = 0;
  let trailers = 0;
  let malformed: string | undefined;
  let flaw: string | undefined;

  const takeSize = (text: string): void => {
    const match = /^[ \t]*([\da-f]{1,12})[ \t]*(?:;.*)?$/i.exec(text);
    if (match === null) {
      malformed = `a chunk whose length is "${text.slice(0, 30)}"`;
      return;
    }
    if (/^[ \t]/.test(text)) flaw ??= 'a space before the length of a chunk';
    left = Number.parseInt(match[1] ?? '', 16);
    state = left === 0 ? 'trailers' : 'data';
  };

  const takeLine = (text: string): void => {
    if (state === 'size') takeSize(text);
    else if (text === '') state = 'whole';
    else {
      trailers += text.length;
      if (trailers > mostLine) malformed = 'trailers longer than 16 KiB';
    }
  };

  /** Takes the line end after a chunk's data, which some servers omit. @returns the number of bytes taken. */
  const skipLineEnd = (bytes: Buffer, at: number): number => {
    if (bytes[at] === 13) return 1;
    state = 'size';
    if (bytes[at] === 10) return 1;
    flaw ??= 'a chunk without a line end after it';
    return 0;
  };

  const read: ChunkReader['read'] = (bytes) => {
    const data: Buffer[] = [];
    let at = 0;
    while (at < bytes.length && state !== 'whole' && malformed === undefined) {
      if (state === 'data') {
        const part = bytes.subarray(at, at + left);
        data.push(part);
        at += part.length;
        left -= part.length;
        if (left === 0) state = 'behind data';
      } else if (state === 'behind data') at += skipLineEnd(bytes, at);
      else {
        const end = bytes.indexOf(10, at);
        line = Buffer.concat([line, bytes.subarray(at, end === -1 ? bytes.length : end)]);
        if (line.length > mostLine) malformed = 'a line longer than 16 KiB';
        if (end === -1) break;
        at = end + 1;
        if (line.at(-1) !== 13) flaw ??= 'a line of a chunk that ends in LF alone';
        const text = line.toString('latin1').replace(/\r+$/, '');
        line = Buffer.alloc(0);
        takeLine(text);
      }
    }
    return {
      data,
      isWhole: state === 'whole',
      hasMore: state === 'whole' && at < bytes.length,
      ...(malformed !== undefined && { malformed }),
      ...(flaw !== undefined && { flaw }),
    };
  };
  return { read };
};
