// HTTP/2 frames (RFC 9113, section 4): encoding, and decoding from a byte stream with a check of each length.

/*
 *   0        3      4       5            9
 *   | length | type | flags | R | stream | payload |
 */
export type Frame = {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
};

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flags = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

const headLength = 9;
/** The default SETTINGS_MAX_FRAME_SIZE (section 6.5.2). */
const mostPayload = 16_384;

export const encodeFrame = ({ type, flags: own, stream, payload }: Frame): Buffer => {
  const head = Buffer.alloc(headLength);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = own;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

/** Whether the length is allowed for the type (section 6); frames of other types are ignored (section 4.1). */
const isProper = ({ type, flags: own, payload: { length } }: Frame): boolean => {
  switch (type) {
    case frameTypes.priority:
      return length === 5;
    case frameTypes.resetStream:
    case frameTypes.windowUpdate:
      return length === 4;
    case frameTypes.settings:
      return (own & flags.ack) === 0 ? length % 6 === 0 : length === 0;
    case frameTypes.ping:
      return length === 8;
    case frameTypes.goAway:
      return length >= 8;
    default:
      return true;
  }
};

const isOfConnection: ReadonlySet<number> = new Set([frameTypes.settings, frameTypes.ping, frameTypes.goAway]);
const isOfStream: ReadonlySet<number> = new Set([
  frameTypes.data,
  frameTypes.headers,
  frameTypes.priority,
  frameTypes.resetStream,
  frameTypes.continuation,
]);

const judge = (frame: Frame): string | undefined => {
  if (!isProper(frame)) return `a frame of type ${frame.type} with ${frame.payload.length} bytes`;
  const isMisplaced = frame.stream === 0 ? isOfStream.has(frame.type) : isOfConnection.has(frame.type);
  return isMisplaced ? `a frame of type ${frame.type} on stream ${frame.stream}` : undefined;
};

export type FrameReader = {
  /** @returns the frames that are complete; `malformed` says why nothing more can be read. */
  readonly read: (bytes: Buffer) => { readonly frames: readonly Frame[]; readonly malformed?: string };
};

export const createFrameReader = (): FrameReader => {
  let rest: Buffer = Buffer.alloc(0);
  return {
    read: (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      const frames: Frame[] = [];
      while (rest.length >= headLength) {
        const length = rest.readUIntBE(0, 3);
        if (length > mostPayload) return { frames, malformed: `a frame of ${length} bytes` };
        if (rest.length < headLength + length) break;
        const frame: Frame = {
          type: rest[3] ?? 0,
          flags: rest[4] ?? 0,
          stream: rest.readUInt32BE(5) & 0x7fff_ffff,
          payload: rest.subarray(headLength, headLength + length),
        };
        const malformed = judge(frame);
        if (malformed !== undefined) return { frames, malformed };
        frames.push(frame);
        rest = rest.subarray(headLength + length);
      }
      return { frames };
    },
  };
};

/** The payload without padding and priority (sections 6.1 and 6.2); undefined if these are longer than the payload. */
export const contentOf = ({ type, flags: own, payload }: Frame): Buffer | undefined => {
  const isPadded = (own & flags.padded) !== 0;
  const padding = isPadded ? (payload[0] ?? Number.POSITIVE_INFINITY) : 0;
  const start = (isPadded ? 1 : 0) + (type === frameTypes.headers && (own & flags.priority) !== 0 ? 5 : 0);
  const end = payload.length - padding;
  return end < start ? undefined : payload.subarray(start, end);
};
