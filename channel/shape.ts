// Decoders of messages, declared beside their types: the fields of each message and the kind of each. Pure.

import { harmlessText } from '../base/harmless-text.ts';

type Record_ = Readonly<Record<string, unknown>>;

/** A list is one of objects; a nested shape names the fields that matter at the border. */
type KindOf<Value> = [Value] extends [string]
  ? 'text'
  : [Value] extends [number]
    ? 'number'
    : [Value] extends [boolean]
      ? 'flag'
      : [Value] extends [readonly string[]]
        ? 'texts'
        : [Value] extends [readonly (infer Item)[]]
          ? 'list' | 'pairs' | readonly [Nested<Item>]
          : 'record' | Nested<Value>;

type Field<Value> = undefined extends Value ? { readonly optional: KindOf<Exclude<Value, undefined>> } : KindOf<Value>;

type Nested<Value> = { readonly [Name in keyof Value]?: Field<Value[Name]> };

type Fields<Message> = { readonly [Name in Exclude<keyof Message, 'type'>]-?: Field<Message[Name]> };

/** Every type of message, with every field of it. */
export type Shapes<Message extends { readonly type: string }> = {
  readonly [Type in Message['type']]: Fields<Extract<Message, { readonly type: Type }>>;
};

/** Why a message is left aside. */
export type Refusal = { readonly refused: string };
export type Decode<Message> = (value: unknown) => Message | Refusal;

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'refused' in value;

const isRecord = (value: unknown): value is Record_ =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The last millisecond that a Date can hold (ECMA-262, 21.4.1.1). */
const latestTime = 8.64e15;

const simple: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  // No message has greater numbers than times, which are milliseconds since the epoch.
  number: (value) => typeof value === 'number' && Math.abs(value) <= latestTime,
  flag: (value) => typeof value === 'boolean',
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  list: (value) => Array.isArray(value) && value.every(isRecord),
  pairs: (value) => Array.isArray(value) && value.every((item) => Array.isArray(item) && item.length === 2),
  record: isRecord,
};

const names: Readonly<Record<string, string>> = {
  text: 'a text',
  number: 'a number',
  flag: 'true or false',
  texts: 'a list of texts',
  list: 'a list of records',
  pairs: 'a list of pairs',
  record: 'a record',
};

/** @returns the path of the first field of another kind, and the kind that it should have. */
const findWrong = (kind: unknown, value: unknown, path: string): string | undefined => {
  if (typeof kind === 'string') return simple[kind]?.(value) === true ? undefined : `${path} is not ${names[kind]}`;
  if (Array.isArray(kind)) {
    if (!Array.isArray(value)) return `${path} is not a list`;
    for (const [index, item] of value.entries()) {
      const wrong = findWrong(kind[0], item, `${path}[${index}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  const shape = kind as Record_;
  if ('optional' in shape) return value === undefined ? undefined : findWrong(shape.optional, value, path);
  if (!isRecord(value)) return `${path} is not a record`;
  for (const [name, inner] of Object.entries(shape)) {
    const wrong = findWrong(inner, value[name], path === '' ? name : `${path}.${name}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

/** Makes a decoder. It checks what it is given and takes nothing away: fields of a newer build are ignored. */
export const decoderOf =
  <Message extends { readonly type: string }>(shapes: Shapes<Message>): Decode<Message> =>
  (value) => {
    const type = isRecord(value) ? value.type : undefined;
    if (typeof type !== 'string') return { refused: `a message without a type` };
    const shape = Object.hasOwn(shapes, type) ? shapes[type as Message['type']] : undefined;
    if (shape === undefined) return { refused: harmlessText(type, 60) };
    const wrong = findWrong(shape, value, '');
    return wrong === undefined ? (value as Message) : { refused: `${type}, whose ${harmlessText(wrong, 120)}` };
  };
