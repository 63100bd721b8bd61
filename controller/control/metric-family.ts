// A family of metrics as a table's row: its name, its help, and its samples of an item. Written at each scrape. Pure.

import { labelText } from './tallied-histogram.ts';

export type Labels = Readonly<Record<string, string>>;
export type Row = readonly [Labels, number | bigint];
type Declared = { readonly name: string; readonly help: string; readonly type: 'gauge' | 'counter' };
export type MetricFamily<Item> = Declared & { readonly rows: (item: Item) => readonly Row[] };

const headOf = ({ name, help, type }: Declared): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

/** @param common the labels that every sample has besides its own */
export const renderFamily = <Item>(family: MetricFamily<Item>, common: Labels, items: readonly Item[]): string => {
  const { name, rows } = family;
  const lines = items.flatMap((item) =>
    rows(item).map(([labels, value]) => `${name}{${labelText({ ...labels, ...common })}} ${value}\n`),
  );
  return headOf(family) + lines.join('');
};

/** An item with its labels as text, which is made once for all families: ten thousand servers have some hundred thousand samples. */
export type Labelled<Item> = { readonly labels: string; readonly item: Item };
/** A value, and the text of the labels that the sample has besides its item's, beginning with a comma. */
export type Sample = readonly [value: number | bigint, more?: string];
export type LabelledFamily<Item> = Declared & { readonly samples: (item: Item) => readonly Sample[] };

/** Items rendered in one piece: small, so that little of it outlives a collection of young objects. */
const portion = 100;

/** @param common the text of the labels that every sample has, beginning with a comma */
export function* renderLabelled<Item>(
  family: LabelledFamily<Item>,
  common: string,
  items: readonly Labelled<Item>[],
): Generator<string> {
  const { name, samples } = family;
  const [begin, end] = [`${name}{`, `${common}} `];
  let text = headOf(family);
  for (const [index, { labels, item }] of items.entries()) {
    for (const [value, more = ''] of samples(item)) text += `${begin}${labels}${more}${end}${value}\n`;
    if (index % portion !== portion - 1) continue;
    yield text;
    text = '';
  }
  yield text;
}
