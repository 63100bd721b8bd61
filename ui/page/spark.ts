// A line of the last two minutes, drawn by uPlot once it comes into sight.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { describeSpan } from '../model/words.ts';
import type { Points } from './history.ts';

type SparkProps = { readonly points: Points; readonly label: string; readonly width: number; readonly height: number };

const dataOf = (points: Points): uPlot.AlignedData => [points.map((_, index) => index), [...points]];

const draw = (place: HTMLElement, points: Points, width: number, height: number): uPlot => {
  const inkOf = (): string => getComputedStyle(place).color;
  return new uPlot(
    {
      width,
      height,
      padding: [2, 1, 1, 1],
      cursor: { show: false },
      legend: { show: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      axes: [{ show: false }, { show: false }],
      scales: {
        // A point a second, always two minutes wide; from nothing up, so that a small change looks small.
        x: { time: false, range: (plot) => [plot.data[0].length - 120, Math.max(1, plot.data[0].length - 1)] },
        y: { range: (_, __, highest) => [0, Math.max(0.01, highest * 1.1)] },
      },
      series: [{}, { stroke: inkOf, width: 1.25, points: { show: false }, spanGaps: false }],
    },
    dataOf(points),
    place,
  );
};

export const Spark = ({ points, label, width, height }: SparkProps): VNode => {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(points);
  latest.current = points;
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const watch = new IntersectionObserver((entries) => {
      if (plot.current !== undefined || !entries.some(({ isIntersecting }) => isIntersecting)) return;
      plot.current = draw(element, latest.current, width, height);
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [width, height]);
  useEffect(() => plot.current?.setData(dataOf(points)));
  const known = points.filter((point) => point !== null);
  const words =
    known.length === 0
      ? 'not known yet'
      : `highest of the last ${points.length} s: ${describeSpan(Math.max(...known))}`;
  return html`<div class="spark" ref=${place} role="img" aria-label=${`${label}, ${words}`} title=${`${label}, ${words}`}></div>`;
};
