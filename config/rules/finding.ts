// Types for rules: complaints with their place, and the parts of a document, parsed and as written.

import { suggestWord } from '../../base/suggestion.ts';
import { knownKeys } from '../schema/schema.ts';
import type { Path } from '../source/position.ts';

/** A complaint about the value at a path; `other` is the path that it clashes with. */
export type Finding = {
  readonly path: Path;
  readonly message: string;
  readonly other?: Path;
  readonly suggestion?: string | undefined;
};

// Limit of suggestions, as each word is compared with all candidates; no more problems are shown anyway.
const mostSuggestions = 20;

/** The candidate that the word probably meant, for the first findings of a rule only. */
export const suggestFor = (index: number, word: string, candidates: readonly string[]): string | undefined =>
  index < mostSuggestions ? suggestWord(word, candidates) : undefined;

type Mapping = Readonly<Record<string, unknown>>;

/** A mapping of the document and its place. */
export type Item = {
  /** Parsed by the schema, with defaults; undefined for invalid values, which the schema reports. */
  readonly value: Mapping;
  readonly written: Mapping;
  readonly path: Path;
};

/** Parses keys lazily: rules look at few, and lists are long. */
const reading = (written: Mapping, path: Path): Mapping => {
  const keys = knownKeys.get(path.filter((step) => typeof step === 'string').join('.')) ?? {};
  const known = new Map<string, unknown>();
  return new Proxy(written, {
    get: (_, key) => {
      const schema = typeof key === 'string' ? keys[key] : undefined;
      if (typeof key !== 'string' || schema === undefined) return undefined;
      if (!known.has(key)) known.set(key, schema.safeParse(written[key]).data);
      return known.get(key);
    },
  });
};

export const itemAt = (written: Mapping, path: Path): Item => ({ value: reading(written, path), written, path });

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listAt = (parent: Item, key: string): { value: unknown; path: Path }[] => {
  const list = parent.written[key];
  return Array.isArray(list) ? list.map((value, index) => ({ value, path: [...parent.path, key, index] })) : [];
};

export const recordsAt = (parent: Item, key: string): Item[] =>
  listAt(parent, key).flatMap(({ value, path }) => (isRecord(value) ? [itemAt(value, path)] : []));

/** Something that may be given only once, by its key; undefined if its shape is wrong. */
export type Use = { readonly key: string | undefined; readonly path: Path; readonly message: string };

/** Reports each use of a key after the first. */
export const findRepeated = (uses: readonly Use[]): Finding[] => {
  const firsts = new Map<string, Path>();
  return uses.flatMap(({ key, path, message }) => {
    if (key === undefined) return [];
    const other = firsts.get(key);
    if (other !== undefined) return [{ path, message, other }];
    firsts.set(key, path);
    return [];
  });
};

export const findRepeatedNames = (items: readonly Item[], kind: string): Finding[] =>
  findRepeated(
    items.map(({ value: { name }, path }) => ({
      key: typeof name === 'string' ? name : undefined,
      path: [...path, 'name'],
      message: `${kind} name "${name}" is used twice`,
    })),
  );
