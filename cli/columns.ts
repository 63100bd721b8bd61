// Text in columns, and colours where a terminal shows them.

import { stripVTControlCharacters, styleText } from 'node:util';

export type Cell = string | { readonly text: string; readonly align: 'right' };
type Format = Parameters<typeof styleText>[0];

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);
const widthOf = (text: string): number => stripVTControlCharacters(text).length;

export const right = (value: string | number | undefined): Cell => ({ text: String(value ?? '-'), align: 'right' });

/** Aligns rows of cells; the last column keeps its length. */
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

/** A row, and longer notes about it. */
export type NotedRow = { readonly cells: readonly Cell[]; readonly notes: readonly string[] };

/** Breaks a text between words; each line begins with `indent`. */
export const wrap = (text: string, width: number, indent: string): string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`;
    if (last !== undefined && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${word}`);
  }
  return lines;
};

/** Aligns rows, with their notes as the last column if the width has room for all of them, else below each row. */
export const alignNotes = (header: NotedRow, rows: readonly NotedRow[], width: number, indent = ''): string[] => {
  const joined = ({ cells, notes }: NotedRow): readonly Cell[] => [...cells, notes.join('; ')];
  const inOneLine = alignColumns([header, ...rows].map(joined), indent);
  if (inOneLine.every((line) => widthOf(line) <= width)) return inOneLine;
  const lines = alignColumns(
    [header, ...rows].map(({ cells }) => cells),
    indent,
  );
  return lines.flatMap((line, index) => {
    const notes = index === 0 ? [] : (rows[index - 1]?.notes ?? []);
    return [line, ...notes.flatMap((note) => wrap(note, width, `${indent}    `))];
  });
};

export type Paint = (format: Format, text: string) => string;

/** https://no-color.org: a variable that is set and not empty. */
export const paintFor = (stream: { readonly isTTY?: boolean }): Paint =>
  stream.isTTY && !process.env.NO_COLOR ? (format, text) => styleText(format, text) : (_, text) => text;
