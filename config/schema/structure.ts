// Kinds of values that hold others: lists, mappings, values that are either a scalar or a mapping, and mappings of several types.

import { suggestWord } from '../../base/suggestion.ts';
import {
  type AnyKind,
  type Found,
  fieldOf,
  type Keys,
  type Kind,
  type Made,
  type MappingOptions,
  type Place,
  pathOf,
  type Reading,
} from './kind.ts';

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (input: unknown): input is Mapping =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

const refuse = (place: Place, message: string, { faults }: Reading): undefined => {
  faults.push({ kind: 'value', path: pathOf(place), message });
  return undefined;
};

/** A list. An entry that is wrong is undefined where it is found, so that the others keep their index. */
export const list = <K extends AnyKind>(
  items: K,
  least = 0,
): Kind<readonly Made<K>[], readonly (Found<K> | undefined)[]> => ({
  form: 'list',
  items,
  least,
  read: (input, place, reading) => {
    if (!Array.isArray(input)) return refuse(place, 'expected a list', reading);
    if (input.length < least) return refuse(place, 'expected at least one entry', reading);
    const read = input.map((item, step) => items.read(item, { above: place, step }, reading) as Found<K> | undefined);
    reading.origins.set(read, { place, written: input });
    return read;
  },
});

/** Reports the keys that a mapping may not have. @returns the keys that were meant instead */
const complainOfKeys = (unknown: readonly string[], known: readonly string[], place: Place, { faults }: Reading) =>
  unknown.map((key) => {
    const suggestion = suggestWord(key, known);
    faults.push({ kind: 'unknown', path: [...pathOf(place), key], message: `unknown key "${key}"`, suggestion });
    return suggestion;
  });

/** A mapping of declared keys. */
export const mapping = <const K extends Keys>(
  keys: K,
  options: MappingOptions = {},
): Kind<Made<K>, Found<K>, Extract<AnyKind, { readonly form: 'mapping' }>> => {
  const { short, oneOf, anyOf, ignored } = options;
  const known = Object.keys(keys);
  const entries = Object.entries(keys).map(([name, key]) => ({ name, field: fieldOf(name), key }));

  const readKeys = (input: Mapping, place: Place, reading: Reading, isShort: boolean): Found<K> => {
    const unknown = Object.keys(input).filter((name) => !Object.hasOwn(keys, name) && !ignored?.test(name));
    const meant = complainOfKeys(unknown, known, place, reading);
    const read: Record<string, unknown> = {};
    for (const { name, field, key } of entries) {
      const isGiven = Object.hasOwn(input, name);
      if (isGiven || key.presence === 'default') {
        const at = isShort ? place : { above: place, step: name };
        const value = key.kind.read(isGiven ? input[name] : key.initial, at, reading);
        if (value !== undefined) read[field] = value;
      } else if (key.presence === 'required' && !meant.includes(name)) {
        // A misspelt key is one mistake.
        reading.faults.push({ kind: 'missing', path: [...pathOf(place), name], message: `missing key "${name}"` });
      }
    }
    const given = (group: NonNullable<typeof oneOf>): number =>
      group.keys.filter((name) => Object.hasOwn(input, name)).length;
    // A misspelt key of them is reported by its name.
    if (oneOf !== undefined && given(oneOf) !== 1 && (given(oneOf) !== 0 || unknown.length === 0))
      refuse(place, oneOf.message, reading);
    if (anyOf !== undefined && given(anyOf) === 0 && unknown.length === 0) refuse(place, anyOf.message, reading);
    reading.origins.set(read, { place, written: input, isShort });
    return read as Found<K>;
  };

  return {
    form: 'mapping',
    keys,
    ...options,
    read: (input, place, reading) => {
      if (isMapping(input)) return readKeys(input, place, reading, false);
      return short === undefined
        ? refuse(place, 'expected a mapping', reading)
        : readKeys({ [short]: input }, place, reading, true);
    },
  };
};

/** A scalar, or a mapping in its place. */
export const either = <S extends AnyKind, M extends AnyKind>(
  scalar: S,
  other: M,
): Kind<Made<S> | Made<M>, Found<S> | Found<M>> => ({
  form: 'either',
  scalar,
  mapping: other,
  read: (input, place, reading) =>
    (isMapping(input) ? other : scalar).read(input, place, reading) as Found<S> | Found<M> | undefined,
});

/** A mapping whose key `type` decides which other keys it may have. */
export const tagged = <const V extends Readonly<Record<string, AnyKind>>>(
  id: string,
  type: Kind<keyof V & string>,
  usual: keyof V & string,
  variants: V,
): Kind<Made<V[keyof V]>, Found<V[keyof V]>> => ({
  form: 'tagged',
  id,
  variants,
  read: (input, place, reading) => {
    if (!isMapping(input)) return refuse(place, 'expected a mapping', reading);
    const name = Object.hasOwn(input, 'type') ? type.read(input.type, { above: place, step: 'type' }, reading) : usual;
    return name === undefined
      ? undefined
      : (variants[name]?.read(input, place, reading) as Found<V[keyof V]> | undefined);
  },
});
