// Suggests the right word for a misspelt one. Pure.

import { closest, distance } from 'fastest-levenshtein';

/** The candidate nearest to a misspelt word; undefined if none is near. */
export const suggestWord = (word: string, candidates: readonly string[]): string | undefined => {
  if (candidates.length === 0) return undefined;
  const nearest = closest(word, candidates);
  return distance(word, nearest) <= Math.max(1, Math.ceil(nearest.length * 0.4)) ? nearest : undefined;
};
