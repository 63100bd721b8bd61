// Figures of a benchmark: quantiles, and a table with the ratio of regent to keepalived. Pure.

export type Summary = { readonly median: number; readonly p99: number; readonly worst: number };

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

export const summarize = (values: readonly number[]): Summary => {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), worst: sorted.at(-1) ?? Number.NaN };
};

export type Row = { readonly name: string; readonly regent: number; readonly keepalived: number };

const format = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));

/** One line per figure, with regent divided by keepalived. */
export const renderComparison = (unit: string, rows: readonly Row[]): string => {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const head = `${' '.repeat(width)}  ${'regent'.padStart(10)}  ${'keepalived'.padStart(10)}  ${'ratio'.padStart(6)}   (${unit})`;
  const lines = rows.map(({ name, regent, keepalived }) => {
    const ratio = keepalived === 0 ? '-' : (regent / keepalived).toFixed(2);
    return `${name.padEnd(width)}  ${format(regent).padStart(10)}  ${format(keepalived).padStart(10)}  ${ratio.padStart(6)}`;
  });
  return [head, ...lines].join('\n');
};
