// Lanes on a canvas: spans as bars, ticks as lines, and crosses for what did not arrive.

import type uPlot from 'uplot';
import type { Lane } from './page-view.ts';

/** Names left of the lanes, where other charts have their axis. */
const drawNames = ({ ctx, bbox }: uPlot, lanes: readonly Lane[], colour: (name: string) => string): void => {
  const scale = devicePixelRatio;
  const row = bbox.height / lanes.length;
  ctx.save();
  ctx.font = `${(bbox.left < 120 * scale ? 9 : 11) * scale}px system-ui`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  ctx.fillStyle = colour('--ink');
  for (const [index, { name }] of lanes.entries())
    ctx.fillText(name, bbox.left - 6 * scale, bbox.top + (index + 0.5) * row);
  ctx.restore();
};

export const drawLanesOn = (
  plot: uPlot,
  lanes: readonly Lane[],
  due: readonly number[],
  colour: (name: string) => string,
): void => {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const row = bbox.height / lanes.length;
  const x = (time: number): number => plot.valToPos(time, 'x', true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [index, lane] of lanes.entries()) {
    const top = bbox.top + index * row;
    for (const { begin, end, tone } of lane.spans) {
      ctx.fillStyle = colour(`--${tone}`);
      ctx.fillRect(x(begin), top + row * 0.15, Math.max(scale, x(end) - x(begin)), row * 0.7);
    }
    for (const { time, isCross } of lane.ticks) {
      const [left, middle] = [x(time), top + row / 2];
      ctx.strokeStyle = colour(isCross ? '--bad' : '--ink');
      ctx.lineWidth = scale;
      ctx.beginPath();
      if (isCross) {
        const size = row * 0.18;
        ctx.moveTo(left - size, middle - size);
        ctx.lineTo(left + size, middle + size);
        ctx.moveTo(left + size, middle - size);
        ctx.lineTo(left - size, middle + size);
      } else {
        ctx.moveTo(left, top + row * 0.2);
        ctx.lineTo(left, top + row * 0.8);
      }
      ctx.stroke();
    }
  }
  ctx.strokeStyle = colour('--ink');
  ctx.lineWidth = scale;
  ctx.setLineDash([4 * scale, 3 * scale]);
  for (const time of due) {
    ctx.beginPath();
    ctx.moveTo(x(time), bbox.top);
    ctx.lineTo(x(time), bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
  drawNames(plot, lanes, colour);
};
