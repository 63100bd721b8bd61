// What rules work with: complaints with their place, and the parts of a document as it was written.

import { suggestWord } from '../../base/suggestion.ts';
import type { Path } from '../source/position.ts';

/** A complaint about the value at a path; `other` is the place that it clashes with. */
export type Finding = {
  readonly path: Path;
  readonly message: string;
  readonly other?: Path;
  readonly suggestion?: string | undefined;
};

// No more problems are told than that, and each word is compared with all.
const mostSuggestions = 20;

/** The candidate that the word of a rule's finding probably meant, where it is one of the first. */
export const suggestFor = (index: number, word: string, candidates: readonly string[]): string | undefined =>
  index < mostSuggestions ? suggestWord(word, candidates) : undefined;

/** A mapping of the document and its place. */
export type Item = { readonly value: Readonly<Record<string, unknown>>; readonly path: Path };

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listAt = (parent: Item, key: string): { value: unknown; path: Path }[] => {
  const list = parent.value[key];
  return Array.isArray(list) ? list.map((value, index) => ({ value, path: [...parent.path, key, index] })) : [];
};

export const recordsAt = (parent: Item, key: string): Item[] =>
  listAt(parent, key).flatMap(({ value, path }) => (isRecord(value) ? [{ value, path }] : []));

/** Something that may be given once: its key, undefined where it is of no shape. */
export type Use = { readonly key: string | undefined; readonly path: Path; readonly message: string };

/** Complains of each use after the first of a key. */
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
