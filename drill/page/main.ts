// The report's page: draws the charts of each run on one time axis, with zoom and a cursor that the log follows.

import 'uplot/dist/uPlot.min.css';
import { type PackedView, unpack } from './page-view.ts';
import { drawRun, type Synced } from './run.ts';

const views = JSON.parse(document.getElementById('views')?.textContent ?? '[]') as readonly PackedView[];

for (const section of document.querySelectorAll<HTMLElement>('section[data-run]')) {
  const view = views[Number(section.dataset.run)];
  const place = section.querySelector<HTMLElement>('.live');
  if (view === undefined || place === null) continue;
  let synced: Synced | undefined;
  // Charts are drawn once they come into sight: a report of twenty runs opens as fast as that of one.
  const draw = (): void => {
    synced?.destroy();
    synced = drawRun(place, unpack(view), section);
  };
  const sight = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    sight.disconnect();
    section.classList.add('is-live');
    draw();
    let width = place.clientWidth;
    new ResizeObserver(() => {
      if (place.clientWidth === width) return;
      width = place.clientWidth;
      draw();
    }).observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  });
  sight.observe(section);
  for (const line of section.querySelectorAll<HTMLElement>('.log [data-time]'))
    line.addEventListener('click', () => synced?.moveTo(Number(line.dataset.time)));
}
