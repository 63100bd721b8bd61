// Text in columns, and colours where a terminal shows them.

import { stripVTControlCharacters, styleText } from 'node:util';

export type Cell = string | { readonly text: string; readonly align: 'right' };
type Format = Parameters<typeof styleText>[0];

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);
const widthOf = (text: string): number => stripVTControlCharacters(text).length;

export const right = (value: string | number | undefined): Cell => ({ text: String(value ?? '-'), align: 'right' });

/** Aligns rows of cells; the last column is left as long as it is. */
export const alignColumns = (rows: readonly (readonly Cell[])[], indent = ''): string[] => {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(textOf(cell)));
  }
  return rows.map((row) =>
    `${indent}${row
      .map((cell, index) => {
        const text = textOf(cell);
        const padding = ' '.repeat((widths[index] ?? 0) - widthOf(text));
        return typeof cell === 'string' ? text + padding : padding + text;
      })
      .join('  ')}`.trimEnd(),
  );
};

export type Paint = (format: Format, text: string) => string;

/** https://no-color.org: a variable that is set and not empty. */
export const paintFor = (stream: { readonly isTTY?: boolean }): Paint =>
  stream.isTTY && !process.env.NO_COLOR ? (format, text) => styleText(format, text) : (_, text) => text;
