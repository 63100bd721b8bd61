// What is wrong with a configuration, as people read it.

/** What is wrong at one place; line and column count from 1. */
export type Problem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggestion?: string;
  /** The line itself, where there is one. */
  readonly excerpt?: string;
};

const format = ({ file, line, column, message, suggestion }: Problem): string => {
  const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
  return `${file}:${line}:${column}: ${message}${hint}`;
};

/** So many are told; of the others their number alone. */
export const mostProblems = 20;

const withMore = (lines: readonly string[], more: number): string =>
  [...lines, ...(more === 0 ? [] : [`and ${more} more ${more === 1 ? 'problem' : 'problems'}`])].join('\n');

/**
 * Formats problems, one a line: `file:line:column: message (did you mean "x"?)`.
 * @param more how many there are beside
 */
export const formatProblems = (problems: readonly Problem[], more = 0): string => withMore(problems.map(format), more);

const widest = 100;

/** The line with a caret below the column; of a long line what is around it, and tabs stay tabs so that both align. */
const point = (excerpt: string, column: number, line: number): string => {
  const from = column > widest * 0.8 ? column - Math.floor(widest / 2) : 0;
  const head = from > 0 ? '…' : '';
  const tail = excerpt.length > from + widest ? '…' : '';
  const shown = excerpt.slice(from, from + widest);
  const before = `${head}${shown.slice(0, column - 1 - from)}`.replace(/[^\t]/g, ' ');
  const gutter = ' '.repeat(String(line).length);
  return `${line} | ${head}${shown}${tail}\n${gutter} | ${before}^`;
};

/** Formats problems for a terminal, each with its line and a caret below the place. */
export const explainProblems = (problems: readonly Problem[], more = 0): string =>
  withMore(
    problems.map((problem) => {
      const { excerpt, line, column } = problem;
      return excerpt === undefined ? format(problem) : `${format(problem)}\n${point(excerpt, column, line)}`;
    }),
    more,
  );
