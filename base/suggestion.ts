// Suggests the right word for a misspelt one. Pure.

import { distance } from 'fastest-levenshtein';

/** The nearest of the candidates that a misspelt word may stand for; undefined if none is near. */
export const suggestWord = (word: string, candidates: readonly string[]): string | undefined => {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits = distance(word, candidate);
    if (edits < least && edits <= Math.max(1, Math.ceil(candidate.length * 0.4))) [nearest, least] = [candidate, edits];
  }
  return nearest;
};
