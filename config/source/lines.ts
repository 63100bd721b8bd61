// Line starts of a text, found once, so that a place costs a binary search. Pure.

/** A place in a text; both count from 1. */
export type Position = { readonly line: number; readonly column: number };

export type Lines = {
  readonly positionOf: (offset: number) => Position;
  /** A line's text without its end; lines count from 1. */
  readonly lineAt: (line: number) => string | undefined;
};

/** Indexes a text; CR LF, LF and CR each end a line. */
export const indexLines = (text: string): Lines => {
  const starts = [0];
  for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length);

  const lineOf = (offset: number): number => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    positionOf: (offset) => {
      const line = lineOf(offset);
      return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
    },
    lineAt: (line) => {
      const start = starts[line - 1];
      return start === undefined ? undefined : text.slice(start, starts[line]).replace(/[\r\n]+$/, '');
    },
  };
};
