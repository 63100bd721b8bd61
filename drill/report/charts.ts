// The charts as SVG, drawn once when a drill ends. Colours are the page's variables, so that they follow its light or dark.

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { outageOfRun } from '../recording/outages.ts';
import type { Run, Takeover } from '../recording/recording.ts';
import { limitOfRuns } from './numbers.ts';
import type { View } from './view.ts';

type Page = { readonly document?: Plot.PlotOptions['document'] };
const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as Page;
const width = 960;
const margins = { marginLeft: 150, marginRight: 16 };
const palette = ['var(--first)', 'var(--second)', 'var(--third)', 'var(--fourth)'] as const;

/** A colour for each server; failures have their own. */
export const colourOf = (series: readonly string[]) => {
  const servers = series.slice(0, -1);
  return {
    domain: [...series],
    range: [...servers.map((_, index) => palette[index % palette.length] ?? ''), 'var(--bad)'],
  };
};

const draw = (options: Plot.PlotOptions): string => {
  const plot = Plot.plot({ width, ...margins, document, style: { background: 'none' }, ...options });
  return plot.outerHTML;
};

const timeAxis = ({ begin, end }: View): Plot.ScaleOptions => ({
  domain: [begin, end],
  label: 'seconds since the fault',
});

const dueRule = ({ due }: View) => [
  Plot.ruleX([...due], { stroke: 'var(--ink)', strokeDasharray: '4 3', strokeWidth: 1 }),
];

export const drawLanes = (view: View): string => {
  const spans = view.lanes.flatMap(({ name, spans: own }) => own.map((span) => ({ ...span, name })));
  const ticks = view.lanes.flatMap(({ name, ticks: own }) => own.map((tick) => ({ ...tick, name })));
  return draw({
    height: 40 + 20 * view.lanes.length,
    x: timeAxis(view),
    y: { domain: view.lanes.map(({ name }) => name), label: null, padding: 0.25 },
    marks: [
      Plot.barX(spans, {
        x1: 'begin',
        x2: 'end',
        y: 'name',
        fill: (span: (typeof spans)[number]) => `var(--${span.tone})`,
        title: 'title',
      }),
      Plot.tickX(
        ticks.filter(({ isCross }) => !isCross),
        { x: 'time', y: 'name', stroke: 'var(--ink)', strokeOpacity: 0.6, title: 'title' },
      ),
      Plot.dot(
        ticks.filter(({ isCross }) => isCross),
        { x: 'time', y: 'name', symbol: 'times', stroke: 'var(--bad)', r: 3, title: 'title' },
      ),
      ...dueRule(view),
    ],
  });
};

/** Many points of one look as one path: a tenth of the text of as many elements. @param shape drawn at each point */
const pathOf =
  (points: View['points'], shape: string, look: string): Plot.Markish =>
  (_, { x, y }, _values, _dimensions, context) => {
    const path = context.document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const place = (value: number): string => value.toFixed(1);
    const moves = points.map(
      ({ time, latency }) => `M${place(Number(x?.(time)))},${place(Number(y?.(latency)))}${shape}`,
    );
    path.setAttribute('d', moves.join(''));
    path.setAttribute('style', `fill:none;${look}`);
    return path;
  };

export const drawRequests = (view: View): string => {
  const good = view.points.filter(({ error }) => error === null);
  const failed = view.points.filter(({ error }) => error !== null);
  const { domain, range } = colourOf(view.series);
  return draw({
    height: 260,
    x: timeAxis(view),
    y: { type: 'log', label: 'latency, ms', grid: true, tickFormat: '~s' },
    color: colourOf(view.series),
    marks: [
      // Gives the scales their domains.
      Plot.dot(view.points, { x: 'time', y: 'latency', r: 0, render: () => null }),
      ...domain.slice(0, -1).map((server, index) =>
        pathOf(
          good.filter((point) => point.server === server),
          'h0',
          `stroke:${range[index]};stroke-width:2.8;stroke-linecap:round;stroke-opacity:.7`,
        ),
      ),
      pathOf(failed, 'm-2.5-2.5l5,5m-5,0l5-5', 'stroke:var(--bad)'),
      ...dueRule(view),
    ],
  });
};

export const drawRates = (view: View): string =>
  draw({
    height: 160,
    x: timeAxis(view),
    y: { label: 'requests a second', grid: true },
    color: colourOf(view.series),
    marks: [
      Plot.rectY(view.rates, {
        // The first second may begin before the run.
        clip: true,
        x1: 'time',
        x2: (rate: View['rates'][number]) => rate.time + 1,
        y: 'count',
        fill: 'series',
        order: view.series as string[],
        insetRight: 1,
      }),
      Plot.ruleY([0]),
    ],
  });

export const drawConnections = (view: View): string =>
  draw({
    height: 110,
    x: timeAxis(view),
    y: { label: 'connections', grid: true, domain: [0, Math.max(1, ...view.open.map(({ count }) => count))] },
    marks: [
      Plot.lineY(view.open, { x: 'time', y: 'count', curve: 'step-after', stroke: 'var(--first)' }),
      Plot.ruleY([0]),
    ],
  });

type Moment = readonly [string, number | null];

/** A takeover in its parts, from the last advertisement to the first answer. Empty where the last was not seen. */
export const drawWaterfall = (takeover: Takeover): string => {
  const { lastAdvertisement: origin, due, late, addressAdded, firstArp, firstAnswer, from, to, fault } = takeover;
  if (origin === null) return '';
  const moments: readonly Moment[] =
    due === null
      ? [[`until ${to} has the address`, addressAdded]]
      : [
          ['waits for the next advertisement', due],
          ...(late === null ? [] : [['timer is late', due + late] as const]),
          [late === null ? 'timer is late, address' : 'address', addressAdded],
        ];
  let last: number = origin;
  // A busy host reports its address later than the network has the ARP.
  const all: readonly Moment[] = [...moments, ['ARP', firstArp], ['first answer', firstAnswer]];
  const known = all.filter((one): one is readonly [string, number] => one[1] !== null);
  const parts = known
    .filter(([, moment]) => moment >= origin)
    .sort(([, one], [, other]) => one - other)
    .map(([name, moment]) => {
      const part = { name, begin: last - origin, end: moment - origin };
      last = moment;
      return part;
    });
  return draw({
    height: 40 + 26 * parts.length,
    marginLeft: 210,
    x: { label: `ms since the last advertisement of ${from}`, grid: true },
    y: { domain: parts.map(({ name }) => name), label: null, padding: 0.3 },
    marks: [
      Plot.barX(parts, { x1: 'begin', x2: 'end', y: 'name', fill: 'var(--first)' }),
      Plot.text(parts, {
        x: 'end',
        y: 'name',
        text: (part: (typeof parts)[number]) => `${(part.end - part.begin).toFixed(1)} ms`,
        textAnchor: 'start',
        dx: 4,
        fill: 'var(--ink)',
      }),
      Plot.ruleX(fault < origin ? [] : [fault - origin], { stroke: 'var(--bad)', strokeDasharray: '4 3' }),
    ],
    marginRight: 90,
  });
};

/** Outages of all runs, a row for each subject, each against its own limit: other steps have others. */
export const drawStrip = (runs: readonly Run[]): string => {
  const all = runs.flatMap((run) => {
    const outage = outageOfRun(run);
    const title = `run ${run.number}: ${outage === null ? 'not back' : `${Math.round(outage ?? 0)} ms`}`;
    return outage === undefined ? [] : [{ subject: run.subject, outage, limit: limitOfRuns([run]), title }];
  });
  const ended = all.flatMap((one) => (one.outage === null ? [] : [{ ...one, outage: one.outage }]));
  const endless = all.filter(({ outage }) => outage === null);
  const limits = [...new Set((ended.length > 0 ? ended : endless).flatMap(({ limit }) => limit ?? []))];
  // Runs without an end are drawn beyond all others.
  const edge = 1.08 * Math.max(1, ...limits, ...ended.map(({ outage }) => outage));
  const isOver = ({ outage, limit }: (typeof ended)[number]): boolean => limit !== null && outage > limit;
  const colour = (one: (typeof ended)[number]): string => (isOver(one) ? 'var(--bad)' : 'var(--first)');
  return draw({
    height: 60 + 34 * new Set(runs.map(({ subject }) => subject)).size,
    x: { label: 'outage, ms', grid: true, zero: true },
    y: { domain: [...new Set(runs.map(({ subject }) => subject))], label: null },
    marks: [
      Plot.dot(ended, {
        x: 'outage',
        y: 'subject',
        stroke: colour,
        fill: colour,
        fillOpacity: 0.3,
        r: 5,
        title: 'title',
      }),
      Plot.dot(endless, { x: () => edge, y: 'subject', symbol: 'times', stroke: 'var(--bad)', r: 5, title: 'title' }),
      Plot.text(endless.slice(0, 1), {
        x: () => edge,
        frameAnchor: 'top',
        textAnchor: 'end',
        dx: 5,
        dy: -12,
        text: () => 'not back',
      }),
      Plot.ruleX(limits, { stroke: 'var(--bad)', strokeDasharray: '4 3' }),
    ],
  });
};
