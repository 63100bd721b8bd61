// Netlink messages and attributes, encoded and decoded by tables. Pure; serves rtnetlink and generic netlink.

import { isLittleEndian } from '../system/byte-order.ts';

/*
 * include/uapi/linux/netlink.h; all in the machine's byte order, unless an attribute's type says otherwise.
 *
 *   0                4       6       8               12              16
 *   | length (all)   | type  | flags | sequence      | port id       | family header, attributes | pad to 4 |
 *
 *   0        2                       4
 *   | length | type (2 flag bits)    | value | pad to 4 |        length counts the 4 bytes of header, not the padding
 */
export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_CAPPED = 0x100;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_ACK_TLVS = 0x200;
export const NLM_F_EXCL = 0x200;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CREATE = 0x400;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

const headerLength = 16;
const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;

/** A received message; the payload starts after the netlink header. */
export type Message = {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  readonly payload: Buffer;
};

/** Why bytes are not a netlink message; `offset` is the place of the fault. */
export type Malformed = {
  readonly malformed: 'message-length' | 'attribute-length' | 'attribute-value';
  readonly offset: number;
};

export const isMalformed = (value: object): value is Malformed => 'malformed' in value;

const align = (length: number): number => (length + 3) & ~3;

export const readU16 = (bytes: Buffer, offset: number): number =>
  isLittleEndian ? bytes.readUInt16LE(offset) : bytes.readUInt16BE(offset);
export const readU32 = (bytes: Buffer, offset: number): number =>
  isLittleEndian ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset);
export const readI32 = (bytes: Buffer, offset: number): number => readU32(bytes, offset) | 0;
const readU64 = (bytes: Buffer): bigint => (isLittleEndian ? bytes.readBigUInt64LE() : bytes.readBigUInt64BE());

const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  if (isLittleEndian) bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return bytes;
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  if (isLittleEndian) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
};
const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  if (isLittleEndian) bytes.writeBigUInt64LE(value);
  else bytes.writeBigUInt64BE(value);
  return bytes;
};
const u16be = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

/** Packs integers in machine order, for family headers and structures: `pack(['u8', 2], ['u32', 7])`. */
export const pack = (...fields: readonly (readonly ['u8' | 'u16' | 'u32', number])[]): Buffer =>
  Buffer.concat(
    fields.map(([kind, value]) => (kind === 'u8' ? Buffer.from([value]) : kind === 'u16' ? u16(value) : u32(value))),
  );

/** Encodes one message with padding, so that messages can be joined in one datagram. */
export const encodeMessage = (message: Message): Buffer => {
  const { type, flags, sequence, portId, payload } = message;
  const length = headerLength + payload.length;
  return Buffer.concat([
    pack(['u32', length], ['u16', type], ['u16', flags], ['u32', sequence], ['u32', portId]),
    payload,
    Buffer.alloc(align(length) - length),
  ]);
};

/** Splits a datagram into its messages. Payloads are views of `bytes`: copy the bytes first if they are reused. */
export const decodeMessages = (bytes: Buffer): Message[] | Malformed => {
  const messages: Message[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const length = bytes.length - offset < headerLength ? 0 : readU32(bytes, offset);
    if (length < headerLength || length > bytes.length - offset) return { malformed: 'message-length', offset };
    messages.push({
      type: readU16(bytes, offset + 4),
      flags: readU16(bytes, offset + 6),
      sequence: readU32(bytes, offset + 8),
      portId: readU32(bytes, offset + 12),
      payload: bytes.subarray(offset + headerLength, offset + length),
    });
    offset += align(length);
  }
  return messages;
};

type Kinds = {
  u8: number;
  u16: number;
  /** Big-endian, like ports. */
  u16be: number;
  u32: number;
  u64: bigint;
  /** Ends with a zero byte on the wire. */
  string: string;
  bytes: Buffer;
  /** No value: its presence counts. */
  flag: true;
};

/** The attributes of one message or nest: name -> [number, kind or the nested table]. */
export type AttributeTable = { readonly [name: string]: readonly [id: number, kind: keyof Kinds | AttributeTable] };

/** The values that a table describes; all optional. */
export type AttributeValues<Table extends AttributeTable> = {
  readonly [Name in keyof Table]?: Table[Name][1] extends keyof Kinds
    ? Kinds[Table[Name][1]] | undefined
    : Table[Name][1] extends AttributeTable
      ? AttributeValues<Table[Name][1]> | undefined
      : never;
};

type Codec<Value> = { readonly size: number; encode(value: Value): Buffer; decode(bytes: Buffer): Value };

const codecs: { readonly [Kind in keyof Kinds]: Codec<Kinds[Kind]> } = {
  u8: { size: 1, encode: (value) => Buffer.from([value]), decode: (bytes) => bytes.readUInt8() },
  u16: { size: 2, encode: u16, decode: (bytes) => readU16(bytes, 0) },
  u16be: { size: 2, encode: u16be, decode: (bytes) => bytes.readUInt16BE() },
  u32: { size: 4, encode: u32, decode: (bytes) => readU32(bytes, 0) },
  u64: { size: 8, encode: u64, decode: readU64 },
  string: {
    size: 0,
    encode: (value) => Buffer.from(`${value}\0`),
    decode: (bytes) => bytes.toString('utf8').replace(/\0.*$/s, ''),
  },
  bytes: { size: 0, encode: (value) => value, decode: (bytes) => bytes },
  flag: { size: 0, encode: () => Buffer.alloc(0), decode: () => true },
};

/** Encodes one attribute with its padding. */
const encodeAttribute = (type: number, value: Buffer): Buffer => {
  const length = 4 + value.length;
  return Buffer.concat([u16(length), u16(type), value, Buffer.alloc(align(length) - length)]);
};

/** Encodes the present values, in the table's order. */
export const encodeAttributes = <Table extends AttributeTable>(table: Table, values: AttributeValues<Table>): Buffer =>
  Buffer.concat(
    Object.entries(table).flatMap(([name, [id, kind]]) => {
      const value = values[name];
      if (value === undefined) return [];
      if (typeof kind === 'object')
        return [encodeAttribute(id | NLA_F_NESTED, encodeAttributes(kind, value as object))];
      const codec = codecs[kind] as Codec<unknown>;
      return [encodeAttribute(id, codec.encode(value))];
    }),
  );

type Decoded = Record<string, unknown> | Malformed;
type Slot = { readonly name: string; readonly size: number; readonly decode: (value: Buffer) => unknown };

const decoderOf = (table: AttributeTable): ((bytes: Buffer) => Decoded) => {
  const slots: (Slot | undefined)[] = [];
  for (const [name, [id, kind]] of Object.entries(table))
    slots[id] =
      typeof kind === 'object'
        ? { name, size: 0, decode: decoderOf(kind) }
        : { name, size: codecs[kind].size, decode: codecs[kind].decode };
  return (bytes) => {
    const values: Record<string, unknown> = {};
    // Fewer than four bytes at the end are padding, as in the kernel's nla_ok.
    for (let offset = 0; bytes.length - offset >= 4; ) {
      const length = readU16(bytes, offset);
      if (length < 4 || length > bytes.length - offset) return { malformed: 'attribute-length', offset };
      const slot = slots[readU16(bytes, offset + 2) & NLA_TYPE_MASK];
      if (slot !== undefined) {
        const value = bytes.subarray(offset + 4, offset + length);
        if (value.length < slot.size) return { malformed: 'attribute-value', offset };
        const decoded = slot.decode(value);
        if (typeof decoded === 'object' && decoded !== null && isMalformed(decoded))
          return { malformed: decoded.malformed, offset: offset + 4 + decoded.offset };
        values[slot.name] = decoded;
      }
      offset += align(length);
    }
    return values;
  };
};

export type AttributeDecoder<Table extends AttributeTable> = (bytes: Buffer) => AttributeValues<Table> | Malformed;

/**
 * Makes a decoder for the table's attributes; it skips others, because kernels add new ones. A value longer than its type is cut,
 * a shorter one is malformed; of a repeated attribute the last counts, as in the kernel's nla_parse.
 */
export const attributeDecoder = <Table extends AttributeTable>(table: Table): AttributeDecoder<Table> =>
  decoderOf(table) as AttributeDecoder<Table>;

/** Decodes once; for repeated decoding make a decoder first. */
export const decodeAttributes = <Table extends AttributeTable>(
  table: Table,
  bytes: Buffer,
): AttributeValues<Table> | Malformed => attributeDecoder(table)(bytes);
