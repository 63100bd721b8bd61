// The two messages of gRPC's health protocol (grpc/health/v1/health.proto), and gRPC's framing around them. Pure.

/** HealthCheckResponse.ServingStatus. */
export const servingStatus = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

const encodeVarint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...encodeVarint(value >>> 7)];

/** One byte "not compressed", four bytes of length, the message. */
const frame = (message: Uint8Array): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** HealthCheckRequest { string service = 1 }; an empty service is omitted. */
export const encodeRequest = (service: string): Buffer => {
  const name = Buffer.from(service, 'utf8');
  return frame(name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...encodeVarint(name.length)]), name]));
};

const readVarint = (bytes: Buffer, from: number): { readonly value: number; readonly next: number } | undefined => {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[from + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: from + index + 1 };
  }
  return undefined;
};

/** The end of an unknown field, by its wire type; undefined if it is cut short or of an obsolete type. */
const skip = (bytes: Buffer, from: number, wireType: number): number | undefined => {
  if (wireType === 0) return readVarint(bytes, from)?.next;
  if (wireType === 1) return from + 8;
  if (wireType === 5) return from + 4;
  const length = wireType === 2 ? readVarint(bytes, from) : undefined;
  return length === undefined ? undefined : length.next + length.value;
};

/**
 * HealthCheckResponse { ServingStatus status = 1 }.
 * @returns the status; undefined unless the bytes are a whole, uncompressed message.
 */
export const decodeResponse = (bytes: Buffer): number | undefined => {
  if (bytes.length < 5 || bytes[0] !== 0 || bytes.length !== 5 + bytes.readUInt32BE(1)) return undefined;
  let status = 0;
  let at = 5;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === undefined) return undefined;
    const status1 = tag.value === 0x08 ? readVarint(bytes, tag.next) : undefined;
    if (status1 !== undefined) status = status1.value;
    const next = skip(bytes, tag.next, tag.value & 7);
    if (next === undefined || next > bytes.length) return undefined;
    at = next;
  }
  return status;
};
