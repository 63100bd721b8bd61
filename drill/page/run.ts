// The charts of one run, on canvases that share their zoom and their cursor.

import { html } from 'htm/preact';
import { render } from 'preact';
import uPlot from 'uplot';
import { drawLanesOn } from './lanes.ts';
import type { PageView } from './page-view.ts';

export type Synced = {
  /** Moves the cursor to a moment, in seconds. */
  readonly moveTo: (time: number) => void;
  readonly destroy: () => void;
};

type Chart = {
  readonly title: string;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  readonly options: Partial<uPlot.Options>;
};

const palette = ['--first', '--second', '--third', '--fourth'];

/** A colour of the page as it is now, light or dark. */
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const seriesColour = (index: number, count: number): string =>
  colour(index === count - 1 ? '--bad' : (palette[index % palette.length] ?? '--ink'));

const axis = (): uPlot.Axis => ({
  stroke: colour('--quiet'),
  grid: { stroke: colour('--line'), width: 1 },
  ticks: { stroke: colour('--line'), width: 1 },
  font: '11px system-ui',
});

/** In pixels, beside the axis. */
const labelSize = 16;

/** With its label it is as wide as the gutter. */
const labelledAxis = (label: string, gutter: number): uPlot.Axis => ({
  ...axis(),
  label,
  labelSize,
  labelFont: '11px system-ui',
  size: gutter - labelSize,
});

const requestsChart = ({ points, series }: PageView, gutter: number): Chart => {
  const sorted = points.toSorted((one, other) => one.time - other.time);
  const columns = series.map((name) => sorted.map(({ server, latency }) => (server === name ? latency : null)));
  return {
    title: 'Every request by its latency',
    height: 240,
    data: [sorted.map(({ time }) => time), ...columns],
    options: {
      scales: { x: { time: false }, y: { distr: 3 } },
      axes: [axis(), labelledAxis('ms', gutter)],
      series: [
        {},
        ...series.map((name, index) => ({
          label: name,
          stroke: seriesColour(index, series.length),
          paths: () => null,
          points: { show: true, size: index === series.length - 1 ? 6 : 3, fill: seriesColour(index, series.length) },
        })),
      ],
    },
  };
};

const ratesChart = ({ rates, series }: PageView, gutter: number): Chart => {
  const times = [...new Set(rates.map(({ time }) => time))].sort((one, other) => one - other);
  const counts = new Map(rates.map(({ time, series: name, count }) => [`${time} ${name}`, count]));
  // Stacked: each column is the sum of itself and those before it, drawn from the last to the first.
  const sums = series.map((_, index) =>
    times.map((time) =>
      series.slice(0, index + 1).reduce((sum, name) => sum + (counts.get(`${time} ${name}`) ?? 0), 0),
    ),
  );
  const bars = uPlot.paths.bars?.({ size: [0.9], align: 1 });
  return {
    title: 'Requests a second',
    height: 150,
    data: [times, ...sums.toReversed()],
    options: {
      scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
      axes: [axis(), labelledAxis('1/s', gutter)],
      series: [
        {},
        ...series
          .map((name, index) => ({
            label: name,
            fill: seriesColour(index, series.length),
            stroke: seriesColour(index, series.length),
            width: 0,
            points: { show: false },
            ...(bars !== undefined && { paths: bars }),
          }))
          .toReversed(),
      ],
    },
  };
};

const connectionsChart = ({ open }: PageView, gutter: number): Chart => {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    title: 'Established connections',
    height: 110,
    data: [open.map(({ time }) => time), open.map(({ count }) => count)],
    options: {
      scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(1, most) + 0.5] } },
      axes: [axis(), labelledAxis('open', gutter)],
      series: [
        {},
        {
          label: 'open',
          stroke: colour('--first'),
          width: 1.5,
          points: { show: false },
          ...(stepped && { paths: stepped }),
        },
      ],
    },
  };
};

const lanesChart = (view: PageView, gutter: number): Chart => ({
  title: 'Who holds what, and what passed the network',
  height: 46 + 18 * view.lanes.length,
  data: [
    [view.begin, view.end],
    [null, null],
  ],
  options: {
    scales: { x: { time: false }, y: { range: [0, view.lanes.length] } },
    axes: [axis(), { show: true, size: gutter, stroke: 'transparent', grid: { show: false }, ticks: { show: false } }],
    series: [{}, { label: '' }],
    hooks: { draw: [(plot) => drawLanesOn(plot, view.lanes, view.due, colour)] },
  },
});

const nearest = ({ points }: PageView, time: number) =>
  points.reduce<PageView['points'][number] | undefined>(
    (best, point) => (best === undefined || Math.abs(point.time - time) < Math.abs(best.time - time) ? point : best),
    undefined,
  );

/** What happened within a quarter of a second of a moment. */
const around = ({ lanes }: PageView, time: number): readonly string[] => [
  ...new Set(
    lanes.flatMap(({ ticks }) => ticks.filter((tick) => Math.abs(tick.time - time) < 0.25).map(({ title }) => title)),
  ),
];

const describe = (view: PageView, time: number): string => {
  const point = nearest(view, time);
  const request =
    point === undefined
      ? ''
      : `request at ${point.time.toFixed(3)} s: ${point.error ?? `${point.server}, ${point.latency.toFixed(1)} ms`}`;
  return [`${time.toFixed(3)} s`, request, ...around(view, time).slice(0, 3)].filter((text) => text !== '').join(' · ');
};

const followLog = (section: HTMLElement, time: number): void => {
  const lines = [...section.querySelectorAll<HTMLElement>('.log [data-time]')];
  const at = (line: HTMLElement): number => Math.abs(Number(line.dataset.time) - time);
  const near = lines.reduce<HTMLElement | undefined>(
    (best, line) => (best === undefined || at(line) < at(best) ? line : best),
    undefined,
  );
  for (const line of lines) line.classList.toggle('near', line === near);
  const list = near?.parentElement;
  if (near !== undefined && list) list.scrollTop = near.offsetTop - list.offsetTop - list.clientHeight / 2;
};

export const drawRun = (place: HTMLElement, view: PageView, section: HTMLElement): Synced => {
  // The same for all, so that they share one time axis.
  const gutter = place.clientWidth < 640 ? 100 : 140;
  const charts = [
    lanesChart(view, gutter),
    requestsChart(view, gutter),
    ratesChart(view, gutter),
    ...(view.open.length > 0 ? [connectionsChart(view, gutter)] : []),
  ];
  const plots: uPlot[] = [];
  let isZooming = false;
  const zoom = (min: number, max: number): void => {
    if (isZooming) return;
    isZooming = true;
    for (const plot of plots) plot.setScale('x', { min, max });
    isZooming = false;
  };
  const reset = (): void => zoom(view.begin, view.end);
  render(
    html`<div class="readout" aria-live="off">drag to zoom, double click to see all</div>
      ${charts.map(({ title }) => html`<h3>${title}</h3><div class="chart" onDblClick=${reset}></div>`)}`,
    place,
  );
  const readout = place.querySelector<HTMLElement>('.readout');
  const show = (time: number): void => {
    if (readout !== null) readout.textContent = describe(view, time);
  };
  const key = `run ${section.dataset.run}`;
  for (const [index, element] of [...place.querySelectorAll<HTMLElement>('.chart')].entries()) {
    const chart = charts[index];
    if (chart === undefined) continue;
    const { options } = chart;
    const plot = new uPlot(
      {
        width: place.clientWidth,
        height: chart.height,
        legend: { show: false },
        padding: [6, 8, 0, 0],
        series: [],
        ...options,
        cursor: { sync: { key, setSeries: false }, points: { show: false }, drag: { x: true, y: false }, y: false },
        hooks: {
          ...options.hooks,
          setScale: [
            (drawn, scale) => {
              const { min, max } = drawn.scales.x ?? {};
              if (scale !== 'x' || min == null || max == null) return;
              element.dataset.span = `${min.toFixed(3)} ${max.toFixed(3)}`;
              if (plots.length === charts.length) zoom(min, max);
            },
          ],
          setCursor: [
            (drawn) => {
              const { left = -1 } = drawn.cursor;
              if (left < 0 || drawn !== plots[1]) return;
              show(drawn.posToVal(left, 'x'));
            },
          ],
        },
      },
      chart.data,
      element,
    );
    plot.setScale('x', { min: view.begin, max: view.end });
    element.addEventListener('click', () => {
      const { left = -1 } = plot.cursor;
      if (left >= 0) followLog(section, plot.posToVal(left, 'x'));
    });
    plots.push(plot);
  }
  return {
    moveTo: (time) => {
      for (const plot of plots) plot.setCursor({ left: plot.valToPos(time, 'x'), top: 10 });
      show(time);
      followLog(section, time);
    },
    destroy: () => {
      for (const plot of plots) plot.destroy();
      render(null, place);
    },
  };
};
