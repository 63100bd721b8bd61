// One request and its answer over HTTP/2 (RFC 9113). Pure but for the answer it collects: bad bytes are values, never exceptions.

import { contentOf, createFrameReader, encodeFrame, type Frame, flags, frameTypes } from './h2-frames.ts';
import { createHeaderDecoder, encodeFields, type Field } from './hpack.ts';

export type Fields = ReadonlyMap<string, string>;

export type Progress = {
  /** Bytes to send at once. */
  readonly replies: Buffer;
  readonly head?: Fields;
  readonly body: Buffer;
  readonly trailers?: Fields;
  readonly isEnded: boolean;
  /** Why no answer will come. */
  readonly failure?: string;
};

export type Exchange = {
  /** The client's preface, its settings and the request. */
  readonly opening: Buffer;
  readonly read: (bytes: Buffer) => Progress;
};

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** Fits the initial window of a stream, which is never widened (section 6.9.2). */
const mostBody = 65_535;
/** Limit of all bytes that a server may send to a health check. */
const mostBytes = 512 * 1024;
const mostBlock = 64 * 1024;
const ownStream = 1;
const settingEnablePush = 2;

/** Section 7 */
const errorNames = (
  'NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR ' +
  'REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED'
).split(' ');
const nameError = (code: number): string => errorNames[code] ?? `error ${code}`;

const openingOf = (fields: readonly Field[], body: Buffer): Buffer => {
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(settingEnablePush, 0);
  const headers = {
    type: frameTypes.headers,
    flags: flags.endHeaders,
    stream: ownStream,
    payload: encodeFields(fields),
  };
  return Buffer.concat([
    preface,
    encodeFrame({ type: frameTypes.settings, flags: 0, stream: 0, payload: settings }),
    encodeFrame(headers),
    encodeFrame({ type: frameTypes.data, flags: flags.endStream, stream: ownStream, payload: body }),
  ]);
};

/** Begins an exchange with a short request. */
export const createExchange = (fields: readonly Field[], request: Buffer): Exchange => {
  const reader = createFrameReader();
  const decoder = createHeaderDecoder();
  const body: Buffer[] = [];
  let replies: Buffer[] = [];
  let received = 0;
  let bodyLength = 0;
  let isGreeted = false;
  let head: Fields | undefined;
  let trailers: Fields | undefined;
  let isEnded = false;
  let failure: string | undefined;
  /** A header block that is still incomplete. */
  let block: { readonly stream: number; readonly endsStream: boolean; readonly parts: Buffer[] } | undefined;

  const fail = (why: string): void => {
    if (!isEnded) failure ??= why;
  };
  const foreign = (what: string): void => fail(`it does not speak HTTP/2: ${what}`);

  const takeFields = (found: Fields, endsStream: boolean) => {
    const status = Number(found.get(':status'));
    if (head === undefined) {
      // Skip informational answers (RFC 9113, section 8.1).
      if (status >= 100 && status < 200 && !endsStream) return;
      if (!(status >= 200)) return foreign('an answer without a status');
      head = found;
    } else if (endsStream) trailers = found;
    else return foreign('trailers before the end');
    isEnded ||= endsStream;
  };

  const takeBlock = (): void => {
    if (block === undefined) return;
    const { stream, endsStream, parts } = block;
    block = undefined;
    // Decode the block of any stream: it changes the table.
    const found = decoder.decode(Buffer.concat(parts));
    if (found === undefined) foreign('a header block that cannot be decoded');
    else if (stream === ownStream) takeFields(new Map(found), endsStream);
  };

  const addToBlock = (frame: Frame, part: Buffer | undefined) => {
    if (block === undefined || part === undefined) return foreign('a padding longer than its frame');
    block.parts.push(part);
    if (block.parts.reduce((sum, { length }) => sum + length, 0) > mostBlock || block.parts.length > 64)
      return foreign('a header block longer than 64 KiB');
    if ((frame.flags & flags.endHeaders) !== 0) takeBlock();
  };

  const takeData = (frame: Frame) => {
    const content = contentOf(frame);
    if (content === undefined) return foreign('a padding longer than its frame');
    if (frame.stream !== ownStream || head === undefined)
      return foreign(`data on stream ${frame.stream} before its head`);
    bodyLength += frame.payload.length;
    if (bodyLength > mostBody) return fail('the answer is longer than 64 KiB');
    body.push(content);
    isEnded ||= (frame.flags & flags.endStream) !== 0;
  };

  const take = (frame: Frame) => {
    const isContinuation = frame.type === frameTypes.continuation;
    if (!isGreeted && (frame.type !== frameTypes.settings || (frame.flags & flags.ack) !== 0))
      return foreign('it does not begin with its settings');
    isGreeted = true;
    if ((block !== undefined) !== isContinuation || (block !== undefined && block.stream !== frame.stream))
      return foreign('a header block that is broken off');
    switch (frame.type) {
      case frameTypes.data:
        return takeData(frame);
      case frameTypes.headers:
        block = { stream: frame.stream, endsStream: (frame.flags & flags.endStream) !== 0, parts: [] };
        return addToBlock(frame, contentOf(frame));
      case frameTypes.continuation:
        return addToBlock(frame, frame.payload);
      case frameTypes.resetStream:
        if (frame.stream === ownStream) fail(`it reset the request: ${nameError(frame.payload.readUInt32BE(0))}`);
        return;
      case frameTypes.settings:
        if ((frame.flags & flags.ack) === 0)
          replies.push(encodeFrame({ ...frame, flags: flags.ack, payload: Buffer.alloc(0) }));
        return;
      case frameTypes.ping:
        if ((frame.flags & flags.ack) === 0) replies.push(encodeFrame({ ...frame, flags: flags.ack }));
        return;
      case frameTypes.pushPromise:
        return foreign('a push, which was refused');
      case frameTypes.goAway: {
        const last = frame.payload.readUInt32BE(0) & 0x7fff_ffff;
        const code = frame.payload.readUInt32BE(4);
        const words = frame.payload.length > 8 ? `: ${frame.payload.toString('utf8', 8, 108)}` : '';
        // A server that shuts down gracefully still answers the requests up to `last` (section 6.8).
        if (code !== 0 || last < ownStream) fail(`it sent GOAWAY, ${nameError(code)}${words}`);
        return;
      }
      default:
        return;
    }
  };

  return {
    opening: openingOf(fields, request),
    read: (bytes) => {
      replies = [];
      received += bytes.length;
      const { frames, malformed } = reader.read(bytes);
      for (const frame of frames) if (failure === undefined && !isEnded) take(frame);
      const text = isGreeted ? '' : ` (it said "${bytes.toString('utf8', 0, 40)}")`;
      if (malformed !== undefined) foreign(`${malformed}${text}`);
      if (received > mostBytes) fail('it said more than 512 KiB');
      return {
        replies: Buffer.concat(replies),
        ...(head !== undefined && { head }),
        body: Buffer.concat(body),
        ...(trailers !== undefined && { trailers }),
        isEnded,
        ...(failure !== undefined && { failure }),
      };
    },
  };
};
