// Metrics in OpenMetrics, from the text exposition format 0.0.4, which is nearly the same. Pure.

export const textType = 'text/plain; version=0.0.4; charset=utf-8';
export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The weight of a media type in an Accept header, 0 to 1; undefined where it is not named. */
const weightOf = (accept: string, type: string): number | undefined => {
  const weights = accept
    .split(',')
    .map((part) =>
      part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .filter(([name]) => name === type)
    .map((words) => Number(words.find((word) => word.startsWith('q='))?.slice(2) ?? 1));
  return weights.length === 0 ? undefined : Math.max(...weights);
};

/** Whether a client prefers OpenMetrics, or takes both alike. */
export const wantsOpenMetrics = (accept = ''): boolean => {
  const open = weightOf(accept, 'application/openmetrics-text') ?? 0;
  return open > 0 && open >= (weightOf(accept, 'text/plain') ?? 0);
};

/** The name of a counter's family has no `_total`, which its samples have. */
const rename = (line: string, counters: ReadonlySet<string>): string => {
  const [, kind = '', name = '', rest = ''] = /^# (HELP|TYPE) (\S+)(.*)$/s.exec(line) ?? [];
  return counters.has(name) ? `# ${kind} ${name.replace(/_total$/, '')}${rest}` : line;
};

/** HELP comes before TYPE, so that a family's two lines are held together. */
export async function* toOpenMetrics(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  let help: string | undefined;
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    let text = '';
    for (const line of lines) {
      if (line.startsWith('# HELP ')) {
        help = line;
        continue;
      }
      const counter = /^# TYPE (\S+_total) counter$/.exec(line)?.[1];
      const counters = new Set(counter === undefined ? [] : [counter]);
      if (help !== undefined) text += `${rename(help, counters)}\n`;
      help = undefined;
      if (line !== '') text += `${rename(line, counters)}\n`;
    }
    if (text !== '') yield text;
  }
  yield '# EOF\n';
}
