// A histogram counted by another process, in Prometheus's format: prom-client's own takes only single observations. Pure.

export type Tallied = {
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds, ascending, in the unit of the metric. */
  readonly bounds: readonly number[];
  /** Observations in each class, not cumulative; the last class has no bound. */
  readonly counts: readonly number[];
  readonly sum: number;
};

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** `name="value",…`, the text between the braces. */
export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');

/** `le` of each bucket, by its bounds: made once for all rows of a family. */
const bucketEnds = (bounds: readonly number[]): readonly string[] =>
  [...bounds, '+Inf'].map((bound) => `,le="${bound}"} `);

/** The rows of a family, with cumulative buckets; empty without rows. */
export const talliedLines = (name: string, rows: readonly Tallied[]): string => {
  const ends = new Map<readonly number[], readonly string[]>();
  let text = '';
  for (const { labels, bounds, counts, sum } of rows) {
    const own = labelText(labels);
    const bucket = `${name}_bucket{${own}`;
    const known = ends.get(bounds) ?? bucketEnds(bounds);
    ends.set(bounds, known);
    let total = 0;
    for (const [index, count] of counts.entries()) {
      total += count;
      text += `${bucket}${known[index] ?? ''}${total}\n`;
    }
    text += `${name}_sum{${own}} ${sum}\n${name}_count{${own}} ${total}\n`;
  }
  return text;
};

/** One metric family in the text exposition format 0.0.4. */
export const renderTallied = (name: string, help: string, rows: readonly Tallied[]): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${talliedLines(name, rows)}`;
