// A family of metrics as a table's row: its name, its help, and its samples of an item. Written at each scrape. Pure.

import { labelText } from './tallied-histogram.ts';

export type Labels = Readonly<Record<string, string>>;
export type Row = readonly [Labels, number | bigint];
export type MetricFamily<Item> = {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly rows: (item: Item) => readonly Row[];
};

/** Items rendered in one piece. */
export const portion = 500;

/** @param common the labels that every sample has besides its own */
export function* renderFamily<Item>(
  { name, help, type, rows }: MetricFamily<Item>,
  common: Labels,
  items: readonly Item[],
): Generator<string> {
  yield `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  for (let from = 0; from < items.length; from += portion) {
    const lines = items
      .slice(from, from + portion)
      .flatMap((item) =>
        rows(item).map(([labels, value]) => `${name}{${labelText({ ...labels, ...common })}} ${value}\n`),
      );
    yield lines.join('');
  }
}
