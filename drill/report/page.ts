// The report of a recording: one HTML file that asks for nothing, with its charts drawn and its data beside them.

import type { Recording, Run } from '../recording/recording.ts';
import { sumBySubject } from '../recording/subjects.ts';
import { writeSpan } from '../run/summary.ts';
import { colourOf, drawConnections, drawLanes, drawRates, drawRequests, drawStrip, drawWaterfall } from './charts.ts';
import { safe } from './escape.ts';
import {
  connectionRows,
  failureRows,
  headlineOf,
  holderRows,
  latencyHeadings,
  latencyRows,
  type Row,
  runRows,
  sumHeadings,
  sumRows,
} from './numbers.ts';
import { style } from './style.ts';
import { type View, viewOf } from './view.ts';

/** JSON within a script element: no text in it ends the element. */
const embedded = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'number' ? Number(each.toFixed(4)) : each)).replaceAll(
    '<',
    '\\u003c',
  );

const table = (headings: readonly string[], rows: readonly Row[], kind = ''): string => {
  if (rows.length === 0) return '';
  const head = headings.map((heading) => `<th>${safe(heading)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${safe(cell)}</td>`).join('')}</tr>`).join('');
  return `<div class="wide ${kind}"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
};

/** @param name of the program, where others have a headline, too */
const headline = (runs: readonly Run[], name?: string): string => {
  const { held, verdict, outage, limit } = headlineOf({ runs });
  const [run] = runs;
  const against = limit === null ? '' : ` <span class="quiet">limit ${safe(writeSpan(limit))}</span>`;
  const masterDown =
    run === undefined || run.formula === '' ? '' : `<p class="quiet">master down interval: ${safe(run.formula)}</p>`;
  const [number, word] = name === undefined ? [' id="outage"', ' id="verdict"'] : ['', ''];
  const title = name === undefined ? '' : `<p class="subject">${safe(name)}</p>`;
  return `<div class="headline"><div>${title}<div class="number"${number}>${safe(writeSpan(outage))}</div>
<p>outage as the client saw it${runs.length > 1 ? ', the longest' : ''}${against}</p>${masterDown}</div>
<p class="verdict ${held ? 'held' : 'broken'}"${word}>${held ? '✔' : '✘'} ${safe(verdict)}</p></div>`;
};

/** Of several programs each its own. */
const headlines = (runs: readonly Run[]): string => {
  const sums = sumBySubject(runs);
  return sums.length < 2 ? headline(runs) : sums.map((one) => headline(one.runs, one.subject)).join('\n');
};

const steps = ({ steps: list, reason }: Run): string => {
  const items = list.map(({ name, held, error, checks }) => {
    const lines = [...(error === undefined ? [] : [{ held: false, text: error }]), ...checks];
    const inner = lines.map(
      (one) => `<li class="${one.held ? '' : 'broken'}">${one.held ? '✔' : '✘'} ${safe(one.text)}</li>`,
    );
    return `<li><span class="${held ? 'held' : 'broken'}">${held ? '✔' : '✘'}</span> ${safe(name)}<ul>${inner.join('')}</ul></li>`;
  });
  return `<ol class="steps">${items.join('')}</ol>${reason === undefined ? '' : `<p class="broken">${safe(reason)}</p>`}`;
};

const key = (series: readonly string[]): string => {
  const { domain, range } = colourOf(series);
  const entries = domain.map((name, index) => `<span><i style="background:${range[index]}"></i>${safe(name)}</span>`);
  return `<div class="key">${entries.join('')}</div>`;
};

const figure = (title: string, svg: string): string =>
  svg === '' ? '' : `<h3>${safe(title)}</h3><figure role="img" aria-label="${safe(title)}">${svg}</figure>`;

const log = ({ log: lines }: View): string =>
  lines
    .map(
      ({ time, by, level, text }) =>
        `<div class="${safe(level)}" data-time="${time.toFixed(3)}"><span>${time.toFixed(3)} s</span><span>${safe(by)}</span><span>${safe(text)}</span></div>`,
    )
    .join('');

const runSection = (run: Run, index: number, isOnly: boolean): string => {
  const view = viewOf(run);
  const title = `${run.subject}${isOnly ? '' : `, run ${run.number}`}`;
  return `<section data-run="${index}"><h2>${safe(title)}: <span class="${run.verdict === 'held' ? 'held' : 'broken'}">${safe(run.verdict)}</span></h2>
${steps(run)}
${table(latencyHeadings, latencyRows(run))}
${table(['failures', 'requests'], failureRows(run))}
${table(['connections', 'go on', 'lost', 'how'], connectionRows(run))}
${table(['address', 'without a holder', 'with two'], holderRows(run))}
${key(view.series)}
<div class="live"></div>
<div class="still">${figure('Who holds what, and what passed the network', drawLanes(view))}
${figure('Every request by its latency', drawRequests(view))}
${figure('Requests a second', drawRates(view))}
${view.open.length === 0 ? '' : figure('Established connections', drawConnections(view))}</div>
${run.takeovers.map((one) => figure(`${one.to} takes over from ${one.from}`, drawWaterfall(one))).join('')}
<h3>Log of both directors</h3><div class="log">${log(view)}</div></section>`;
};

const environment = (recording: Recording): string =>
  `<div class="facts">${table(
    ['', ''],
    [
      ...Object.entries(recording.environment),
      ['on', recording.on],
      ['began', recording.began],
      ['client', `GET ${recording.client.get}, ${recording.client.rate} a second`],
      ...(recording.runs[0] === undefined
        ? []
        : Object.entries(recording.runs[0].clocks).map(([host, { ahead, error }]) => [
            `clock of ${host}`,
            `${ahead.toFixed(1)} ms ahead, ± ${error.toFixed(1)} ms`,
          ])),
    ],
  )}</div>`;

const configurations = (recording: Recording): string =>
  recording.configurations
    .map(
      ({ subject, director, hash, text }) =>
        `<details><summary>${safe(subject)} on ${safe(director)} <span class="quiet">sha256 ${safe(hash.slice(0, 16))}</span></summary><pre>${safe(text)}</pre></details>`,
    )
    .join('');

/** Requests as columns, a sixth of the text of as many objects. Words are the series, then reasons of failures. */
const packPoints = (points: View['points'], series: readonly string[]) => {
  const words = [...series, ...new Set(points.flatMap(({ error }) => error ?? []))];
  const indexes = new Map(words.map((word, index) => [word, index]));
  const round = (value: number, digits: number): number => Number(value.toFixed(digits));
  return {
    words,
    times: points.map(({ time }) => round(time, 3)),
    latencies: points.map(({ latency }) => round(latency, 1)),
    outcomes: points.map(({ server, error }) => indexes.get(error ?? server) ?? 0),
  };
};

/** The bundled script of the page, which draws the charts anew for zoom and cursor, and its style. */
export type PageScript = { readonly script: string; readonly style: string };

export const drawReport = (recording: Recording, { script, style: chartStyle }: PageScript): string => {
  const { runs, drill, hypothesis, scenario, command } = recording;
  const views = runs.map((run) => {
    const { log: _, points, ...view } = viewOf(run);
    return { ...view, ...packPoints(points, view.series) };
  });
  const isOnly = runs.length === 1;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>drill ${safe(drill)}</title><style>${chartStyle}${style}</style></head><body>
<h1>drill ${safe(drill)}</h1><p class="quiet">${safe(hypothesis ?? '')}</p>
${headlines(runs)}
${isOnly ? '' : `<h2>Runs</h2>${figure('Outage of each run, against the limit', drawStrip(runs))}${table(sumHeadings, sumRows(runs))}${table(['run', 'verdict', 'outage', 'requests', 'failed', ''], runRows(runs), 'runs')}`}
${runs.map((run, index) => runSection(run, index, isOnly)).join('\n')}
<h2>How it was measured</h2>${environment(recording)}
<p class="quiet">An outage is the longest span without a good answer in which a request failed, counted from the fault. A host that the drill took off its networks holds no address that others reach.</p>
<pre>${safe(command)}</pre>
<details><summary>The drill</summary><pre>${safe(scenario)}</pre></details>${configurations(recording)}
<script type="application/json" id="views">${embedded(views)}</script><script>${script.replaceAll('</script', '<\\/script')}</script>
</body></html>
`;
};
