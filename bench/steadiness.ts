// How steadily twelve routers advertise every 10 ms while every processor is busy: regent and keepalived, with real-time
// scheduling and without. `node steadiness.js [SECONDS]`

import { renderComparison } from './figures.ts';
import { interval, measureSteadiness, routers, type Steadiness } from './measure-steadiness.ts';
import { type Program, programs } from './pair.ts';

const seconds = Number(process.argv[2] ?? 30);

const compare = async (realTime: boolean): Promise<string> => {
  const found = new Map<Program, Steadiness>();
  for (const program of programs) found.set(program, await measureSteadiness(program, realTime, seconds));
  const row = (name: string, read: (one: Steadiness) => number) => ({
    name,
    regent: read(found.get('regent') as Steadiness),
    keepalived: read(found.get('keepalived') as Steadiness),
  });
  return `${realTime ? 'With' : 'Without'} real-time scheduling\n${renderComparison(
    'ms; elections; % of one processor',
    [
      row('gap, median', ({ gaps }) => gaps.median),
      row('gap, 99th percentile', ({ gaps }) => gaps.p99),
      row('gap, worst', ({ gaps }) => gaps.worst),
      row('elections', ({ elections }) => elections),
      row('elections without a standstill of a processor', ({ uncaused }) => uncaused),
      row('standstills of a processor', ({ standstills }) => standstills.length),
      row('longest standstill', ({ standstills }) => Math.max(0, ...standstills)),
      row('processor, both hosts', ({ processor }) => processor),
    ],
  )}\n`;
};

process.stdout.write(
  `${routers} routers, an advertisement every ${interval} ms each, ${seconds} s, every processor occupied.\n`,
);
for (const realTime of [true, false]) process.stdout.write(`\n${await compare(realTime)}`);
