// Problems of a configuration, formatted for people.

import { harmlessExcerpt, harmlessText } from '../../base/harmless-text.ts';

/** A problem at one place; line and column count from 1. */
export type Problem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggestion?: string;
  /** The line itself, if there is one. */
  readonly excerpt?: string;
};

/** Longer texts are cut: what a file says may be quoted in them. */
const mostCharacters = 2000;

const format = ({ file, line, column, message, suggestion }: Problem): string => {
  const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
  return harmlessText(`${file}:${line}:${column}: ${message}${hint}`, mostCharacters);
};

/** Problems shown; the rest are counted. */
export const mostProblems = 20;

const withMore = (lines: readonly string[], more: number): string =>
  [...lines, ...(more === 0 ? [] : [`and ${more} more ${more === 1 ? 'problem' : 'problems'}`])].join('\n');

/**
 * Formats problems, one a line: `file:line:column: message (did you mean "x"?)`.
 * @param more number of further problems
 */
export const formatProblems = (problems: readonly Problem[], more = 0): string => withMore(problems.map(format), more);

const widest = 100;

/** The line with a caret below the column; a long line is cut around it, and tabs stay tabs so that both align. */
const point = (excerpt: string, column: number, line: number): string => {
  const from = column > widest * 0.8 ? column - Math.floor(widest / 2) : 0;
  const head = from > 0 ? '…' : '';
  const tail = excerpt.length > from + widest ? '…' : '';
  const shown = harmlessExcerpt(excerpt.slice(from, from + widest));
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
