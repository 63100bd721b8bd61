// Parses an HTTP/1 answer from a byte stream, as tolerantly as curl and HAProxy: a violation that can be understood is accepted
// and named as a flaw. Pure but for the bytes it keeps.

import { createChunkReader } from './http-chunks.ts';

export type Head = {
  readonly status: number;
  /** Names in lower case; for a repeated field all values, in order. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
};

export type Answer = {
  readonly head?: Head;
  /** The beginning of the body, up to the limit asked for. */
  readonly body: () => Buffer;
  readonly isBodyFull: boolean;
  /** Bytes of the body received, kept or not. */
  readonly bodyLength: number;
  readonly isWhole: boolean;
  /** Whether the connection may carry another request; known once the answer is complete. */
  readonly keepsAlive: boolean;
  /** Why the answer cannot be understood. */
  readonly malformed?: string;
  /** The first violation of RFC 9112 that was accepted. */
  readonly flaw?: string;
};

export type AnswerReader = {
  readonly read: (bytes: Buffer) => Answer;
  /** The other end has finished sending. */
  readonly end: () => Answer;
};

/** Limit of all heads together, informational ones included; HAProxy's default buffer holds 16 KiB, curl takes 300. */
const mostHead = 64 * 1024;

const statusLine = /^(?:HTTP\/(\d)(?:\.(\d+))?|ICY)[ \t]+(\d{3})(?:[ \t].*)?$/i;
const strictStatusLine = /^HTTP\/1\.[01] [1-9]\d\d (?:[\t\x20-\x7e\x80-\xff]*)$/;
const beginnings = ['http/', 'icy '];

type Fields = Map<string, string[]>;
type Parsed = { readonly head: Head; readonly version: number; readonly flaws: readonly string[] };

const parseFields = (lines: readonly string[], flaws: string[]): Fields => {
  const fields: Fields = new Map();
  let last: string[] | undefined;
  for (const line of lines) {
    if (/^[ \t]/.test(line)) {
      // RFC 9112, section 5.2: a folded line continues the previous value.
      flaws.push('a folded header line');
      if (last !== undefined) last.push(`${last.pop() ?? ''} ${line.trim()}`.trim());
      continue;
    }
    const colon = line.indexOf(':');
    const name = (colon === -1 ? line : line.slice(0, colon)).trim().toLowerCase();
    if (colon < 1 || !/^[!#$%&'*+.^`|~\w-]+$/.test(line.slice(0, colon)))
      flaws.push('a header line without a proper name');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(line)) flaws.push('a control character in a header line');
    if (colon < 1) continue;
    const values = fields.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    fields.set(name, values);
    last = values;
  }
  return fields;
};

const parseHead = (text: string): Parsed | string => {
  const flaws: string[] = [];
  if (/(?:^|[^\r])\n/.test(text)) flaws.push('a line that ends in LF alone');
  if (text.includes('\r\r')) flaws.push('a line that ends in CR CR LF');
  const [first = '', ...lines] = text.split('\n').map((line) => line.replace(/\r+$/, ''));
  const match = statusLine.exec(first);
  if (match === null) return `"${first.slice(0, 60)}"`;
  if (!strictStatusLine.test(first)) flaws.push('an improper status line');
  const fields = parseFields(
    lines.filter((line) => line !== ''),
    flaws,
  );
  const version = Number(match[1] ?? 1) * 10 + Number(match[2] ?? 0);
  return { head: { status: Number(match[3]), fields }, version, flaws };
};

const listOf = (fields: Head['fields'], name: string): string[] =>
  (fields.get(name) ?? []).flatMap((value) => value.toLowerCase().split(',')).map((word) => word.trim());

/** How the body ends (RFC 9112, section 6.3); `close` at the end of the connection. */
type Framing = { readonly ends: 'at once' | 'chunked' | 'close' | number; readonly flaws: readonly string[] };

const frame = ({ status, fields }: Head, method: string): Framing => {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { ends: 'at once', flaws: [] };
  const lengths = listOf(fields, 'content-length');
  const [length = ''] = lengths;
  const flaws = lengths.length > 1 ? ['content-length more than once'] : [];
  const codings = listOf(fields, 'transfer-encoding');
  if (codings.includes('chunked')) {
    if (lengths.length > 0) flaws.push('content-length beside transfer-encoding');
    if (codings.at(-1) !== 'chunked' || codings.filter((coding) => coding === 'chunked').length > 1)
      flaws.push('an improper transfer-encoding');
    return { ends: 'chunked', flaws };
  }
  if (length === '') return { ends: 'close', flaws };
  return /^\d{1,15}$/.test(length)
    ? { ends: Number(length), flaws }
    : { ends: 'close', flaws: [...flaws, 'a content-length that is no number'] };
};

/** The index after the empty line that ends a head, or -1. */
const endOfHead = (bytes: Buffer): number => {
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
    let next = at + 1;
    while (bytes[next] === 13) next += 1;
    if (bytes[next] === 10) return next + 1;
  }
  return -1;
};

/** The length of empty lines before a status line (RFC 9112, section 2.2, allows them before requests). */
const blankStart = (bytes: Buffer): number => {
  let at = 0;
  while (bytes[at] === 13 || bytes[at] === 10) at += 1;
  return at;
};

/** @param mostBody bytes of the body to keep. */
export const createAnswerReader = (method: string, mostBody: number): AnswerReader => {
  let pending: Buffer = Buffer.alloc(0);
  let headBytes = 0;
  let head: Head | undefined;
  let ends: Framing['ends'] = 'close';
  let isPersistent = false;
  let chunks = createChunkReader();
  const body: Buffer[] = [];
  let kept = 0;
  let length = 0;
  let left = 0;
  let isWhole = false;
  let malformed: string | undefined;
  let flaw: string | undefined;

  const note = (flaws: readonly string[]): void => {
    flaw ??= flaws[0];
  };
  const keep = (bytes: Buffer): void => {
    const part = bytes.subarray(0, mostBody - kept);
    if (part.length > 0) body.push(part);
    kept += part.length;
    length += bytes.length;
  };

  const takeBody = (bytes: Buffer): void => {
    if (ends === 'chunked') {
      const { data, isWhole: isEnd, hasMore, malformed: why, flaw: found } = chunks.read(bytes);
      for (const part of data) keep(part);
      isWhole = isEnd;
      if (hasMore) isPersistent = false;
      if (found !== undefined) note([found]);
      malformed ??= why;
    } else if (ends === 'close') keep(bytes);
    else {
      const own = bytes.subarray(0, left);
      keep(own);
      left -= own.length;
      isWhole = left === 0;
      // Bytes after the answer belong to no request.
      if (bytes.length > own.length) isPersistent = false;
    }
  };

  const takeHead = (text: string): void => {
    const parsed = parseHead(text);
    if (typeof parsed === 'string') {
      malformed = parsed;
      return;
    }
    note(parsed.flaws);
    const { status, fields } = parsed.head;
    // RFC 9110, section 15.2: informational answers precede the final one.
    if (status >= 100 && status < 200 && status !== 101) return;
    head = parsed.head;
    const framing = frame(head, method);
    note(framing.flaws);
    ends = framing.ends;
    left = typeof ends === 'number' ? ends : 0;
    isWhole = ends === 'at once' || ends === 0;
    const options = [...listOf(fields, 'connection'), ...listOf(fields, 'proxy-connection')];
    isPersistent =
      ends !== 'close' && (parsed.version >= 11 ? !options.includes('close') : options.includes('keep-alive'));
    chunks = createChunkReader();
  };

  const isForeign = (bytes: Buffer): boolean => {
    const start = bytes.toString('latin1', 0, 5).toLowerCase();
    return !beginnings.some((word) => word.startsWith(start.slice(0, word.length)));
  };

  const takeHeads = (): void => {
    while (head === undefined && malformed === undefined) {
      const blank = blankStart(pending);
      if (blank > 0) {
        note(['an empty line before the status line']);
        pending = pending.subarray(blank);
      }
      if (pending.length === 0) return;
      if (isForeign(pending)) {
        malformed = `"${pending.toString('utf8', 0, 60)}"`;
        return;
      }
      const end = endOfHead(pending);
      if (headBytes + (end === -1 ? pending.length : end) > mostHead) malformed = 'its head is longer than 64 KiB';
      if (end === -1) return;
      headBytes += end;
      takeHead(pending.toString('latin1', 0, end));
      pending = pending.subarray(end);
    }
    if (pending.length > 0 && malformed === undefined) takeBody(pending);
    pending = Buffer.alloc(0);
  };

  const answer = (): Answer => ({
    ...(head !== undefined && { head }),
    body: () => Buffer.concat(body),
    isBodyFull: kept >= mostBody,
    bodyLength: length,
    isWhole,
    keepsAlive: isWhole && isPersistent && malformed === undefined,
    ...(malformed !== undefined && { malformed }),
    ...(flaw !== undefined && { flaw }),
  });

  return {
    read: (bytes) => {
      if (malformed !== undefined) return answer();
      if (head !== undefined) takeBody(bytes);
      else {
        pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
        takeHeads();
      }
      return answer();
    },
    end: () => {
      if (head === undefined && malformed === undefined && pending.length > 0) {
        note(['no empty line behind its head']);
        takeHead(pending.toString('latin1'));
      }
      if (head !== undefined && !isWhole) {
        if (ends !== 'close') note(['a body that ends before its end']);
        isWhole = true;
      }
      isPersistent = false;
      return answer();
    },
  };
};
