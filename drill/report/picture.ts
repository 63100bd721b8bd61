// The charts of a recording's first run as one SVG, for a page that shows a report: light or dark as its reader's system.

import type { Recording, Run } from '../recording/recording.ts';
import { writeSpan } from '../run/summary.ts';
import { colourOf, drawConnections, drawLanes, drawRates, drawRequests, drawWaterfall } from './charts.ts';
import { safe } from './escape.ts';
import { headlineOf } from './numbers.ts';
import { colours } from './style.ts';
import { type View, viewOf } from './view.ts';

const width = 960;
/** Heights, in the picture's units. */
const [head, heading, gap] = [64, 34, 10] as const;

type Chart = readonly [title: string, svg: string];

const chartsOf = (run: Run, view: View): readonly Chart[] => {
  const all: readonly Chart[] = [
    ['Who holds what, and what passed the network', drawLanes(view)],
    ['Every request by its latency', drawRequests(view)],
    ['Requests a second', drawRates(view)],
    ['Established connections', view.open.length === 0 ? '' : drawConnections(view)],
    ...run.takeovers.map((one): Chart => [`${one.to} takes over from ${one.from}`, drawWaterfall(one)]),
  ];
  return all.filter(([, svg]) => svg !== '');
};

/** At a height within the picture, without the style of a chart that stands alone. */
const placed = (svg: string, title: string, y: number): string =>
  svg
    .replace(/<svg ([^>]*>)/, (_, rest: string) => `<svg x="0" y="${y}" ${rest}<title>${safe(title)}</title>`)
    .replace(/<style>[\s\S]*?<\/style>/, '');

const heightOf = (svg: string): number => Number(/viewBox="0 0 \S+ (\S+)"/.exec(svg)?.[1] ?? 0);

const key = ({ series }: View): string => {
  const { domain, range } = colourOf(series);
  return domain
    .map((name, index) => {
      const x = width - 16 - 90 * (domain.length - index);
      return `<rect x="${x}" y="16" width="10" height="10" fill="${range[index]}"/><text x="${x + 16}" y="26">${safe(name)}</text>`;
    })
    .join('');
};

/** @throws if the recording has no run. */
export const drawPicture = ({ drill, hypothesis = '', runs }: Recording): string => {
  const [run] = runs;
  if (run === undefined) throw new Error('it has no run');
  const view = viewOf(run);
  const { outage, limit } = headlineOf({ runs: [run] });
  const against = limit === null ? '' : `, limit ${writeSpan(limit)}`;
  const title = `drill ${drill}, ${run.subject}: ${run.verdict}, outage ${writeSpan(outage)}${against}`;
  let y = head;
  const parts = chartsOf(run, view).map(([name, svg]) => {
    const part = `<text x="8" y="${y + 26}" font-weight="600">${safe(name)}</text>${placed(svg, name, y + heading)}`;
    y += heading + heightOf(svg) + gap;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="system-ui,sans-serif" font-size="12" fill="var(--ink)">
<title>${safe(title)}</title><style>${colours}svg{color:var(--ink)}</style><rect width="100%" height="100%" fill="var(--paper)"/>
<text x="8" y="28" font-size="16" font-weight="600">${safe(title)}</text><text x="8" y="50" fill="var(--quiet)">${safe(hypothesis)}</text>
${key(view)}
${parts.join('\n')}</svg>
`;
};
