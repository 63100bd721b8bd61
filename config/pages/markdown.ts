// Tables of the generated pages in docs/, aligned as the formatter wants them.

const escapeBars = (text: string): string => text.replaceAll('|', '\\|');

/** Writes a Markdown table; the first row is its head. */
export const writeTable = (rows: readonly (readonly string[])[]): string => {
  const [head = [], ...body] = rows.map((row) => row.map(escapeBars));
  const widths = head.map((_, column) => Math.max(3, ...[head, ...body].map((row) => [...(row[column] ?? '')].length)));
  const write = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length)).join(' | ')} |`;
  return [write(head), write(widths.map((width) => '-'.repeat(width))), ...body.map(write)].join('\n');
};
