// Decodes HTTP/2 header fields (HPACK, RFC 7541). The decoder keeps a table of bounded size between blocks.

import { decodeHuffman } from './hpack-huffman.ts';

export type Field = readonly [name: string, content: string];

/** RFC 7541, appendix A. */
const staticTable: readonly Field[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  ...['200', '204', '206', '304', '400', '404', '500'].map((status): Field => [':status', status]),
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ...(
    'accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control ' +
    'content-disposition content-encoding content-language content-length content-location content-range content-type ' +
    'cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since ' +
    'last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after ' +
    'server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate'
  )
    .split(' ')
    .map((name): Field => [name, '']),
];

/** The default table size (RFC 9113, section 6.5.2). */
const tableSize = 4096;
const mostFields = 256;

const sizeOf = ([name, content]: Field): number => name.length + content.length + 32;

export type HeaderDecoder = {
  /** Reads a whole block. @returns undefined if it is invalid: the connection must then be closed. */
  readonly decode: (block: Buffer) => readonly Field[] | undefined;
};

/** Reads one value after the other; each is undefined where the bytes are invalid. */
const createCursor = (bytes: Buffer) => {
  let at = 0;
  /** RFC 7541, section 5.1 */
  const integer = (prefix: number): number | undefined => {
    const mask = 2 ** prefix - 1;
    const first = bytes[at];
    if (first === undefined) return undefined;
    at += 1;
    let value = first & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined) return undefined;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  /** RFC 7541, section 5.2 */
  const text = (): string | undefined => {
    const isHuffman = ((bytes[at] ?? 0) & 0x80) !== 0;
    const length = integer(7);
    if (length === undefined || at + length > bytes.length) return undefined;
    const content = bytes.subarray(at, at + length);
    at += length;
    return isHuffman ? decodeHuffman(content) : content.toString('latin1');
  };
  return { peek: (): number | undefined => bytes[at], integer, text };
};

export const createHeaderDecoder = (): HeaderDecoder => {
  // Newest first.
  const table: Field[] = [];
  let used = 0;
  let most = tableSize;

  const evict = (): void => {
    while (used > most) {
      const oldest = table.pop();
      used -= oldest === undefined ? used : sizeOf(oldest);
    }
  };
  const lookUp = (index: number): Field | undefined =>
    index <= staticTable.length ? staticTable[index - 1] : table[index - 1 - staticTable.length];

  const literal = (cursor: ReturnType<typeof createCursor>, prefix: number): Field | undefined => {
    const index = cursor.integer(prefix);
    if (index === undefined) return undefined;
    const name = index === 0 ? cursor.text() : lookUp(index)?.[0];
    const content = name === undefined ? undefined : cursor.text();
    return name === undefined || content === undefined ? undefined : [name, content];
  };

  return {
    decode: (block) => {
      const cursor = createCursor(block);
      const fields: Field[] = [];
      for (let first = cursor.peek(); first !== undefined; first = cursor.peek()) {
        let field: Field | undefined;
        if (first >= 0x80) field = lookUp(cursor.integer(7) ?? 0);
        else if (first >= 0x40) {
          field = literal(cursor, 6);
          if (field !== undefined) {
            table.unshift(field);
            used += sizeOf(field);
            evict();
          }
        } else if (first >= 0x20) {
          const size = cursor.integer(5);
          if (size === undefined || size > tableSize) return undefined;
          most = size;
          evict();
          continue;
        } else field = literal(cursor, 4);
        if (field === undefined || fields.length === mostFields) return undefined;
        fields.push(field);
      }
      return fields;
    },
  };
};

const encodeInteger = (value: number, prefix: number, flags: number): number[] => {
  const mask = 2 ** prefix - 1;
  if (value < mask) return [flags | value];
  const bytes = [flags | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
};

/** Encodes fields as literals without indexing (RFC 7541, section 6.2.2), which every decoder reads. */
export const encodeFields = (fields: readonly Field[]): Buffer =>
  Buffer.concat(
    fields.flatMap(([name, content]) => [
      Buffer.from([0]),
      ...[name, content].flatMap((text) => {
        const bytes = Buffer.from(text, 'utf8');
        return [Buffer.from(encodeInteger(bytes.length, 7, 0)), bytes];
      }),
    ]),
  );
