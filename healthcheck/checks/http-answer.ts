// Parses an HTTP/1 answer from a byte stream, as tolerantly as curl and HAProxy: a violation that can be understood is accepted
// and named as a flaw. Pure but for the bytes it keeps.

import { createChunkReader } from './http-chunks.ts';
import { beginnings, blankStart, endOfHead, type Framing, frame, type Head, listOf, parseHead } from './http-head.ts';

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
        note(['no empty line after its head']);
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
