// A histogram that another process has counted, as Prometheus reads it: prom-client's own takes single observations alone. Pure.

export type Tallied = {
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds, ascending, in the unit of the metric. */
  readonly bounds: readonly number[];
  /** How many fell into each class and no earlier one; the last class has no bound. */
  readonly counts: readonly number[];
  readonly sum: number;
};

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');

/** One metric family in the text exposition format 0.0.4, its buckets cumulative. */
export const renderTallied = (name: string, help: string, rows: readonly Tallied[]): string => {
  const lines = rows.flatMap(({ labels, bounds, counts, sum }) => {
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      return `${name}_bucket{${labelText({ ...labels, le: `${bounds[index] ?? '+Inf'}` })}} ${total}`;
    });
    return [...buckets, `${name}_sum{${labelText(labels)}} ${sum}`, `${name}_count{${labelText(labels)}} ${total}`];
  });
  return `${[`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines].join('\n')}\n`;
};
