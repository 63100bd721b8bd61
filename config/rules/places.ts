// The side map of what was read: from a mapping or a list to its place in the document, and to what is written there.

import { type KeyPath, keyOf, type Origin, pathOf } from '../schema/kind.ts';

export type Places = {
  /** The path of a mapping or list, or of one of its fields or entries. */
  readonly of: <T extends object>(owner: T, field?: keyof T) => KeyPath;
  /** Whether the file gives a field; otherwise it has its default, or is absent. */
  readonly isGiven: <T extends object>(owner: T, field: keyof T) => boolean;
  /** A field or entry as the file writes it, for messages. */
  readonly written: <T extends object>(owner: T, field: keyof T) => unknown;
};

export const placesIn = (origins: ReadonlyMap<object, Origin>): Places => {
  /** The keys of fields, which are few, while places are many. */
  const keys = new Map<string, string>();
  const stepOf = (field: PropertyKey): string | number => {
    if (typeof field === 'number') return field;
    const name = String(field);
    const key = keys.get(name) ?? keyOf(name);
    keys.set(name, key);
    return key;
  };
  const written = (owner: object): object => origins.get(owner)?.written ?? {};
  return {
    of: (owner, field) => {
      const { place, isShort } = origins.get(owner) ?? { place: undefined };
      return field === undefined || isShort ? pathOf(place) : [...pathOf(place), stepOf(field)];
    },
    isGiven: (owner, field) => Object.hasOwn(written(owner), stepOf(field)),
    written: (owner, field) => (written(owner) as Readonly<Record<string | number, unknown>>)[stepOf(field)],
  };
};
