// The end of a drill in the terminal: its runs, and the outages of each subject. Pure.

import { latenciesOf, tally } from '../recording/measures.ts';
import { outageOfRun } from '../recording/outages.ts';
import type { Recording, Run } from '../recording/recording.ts';
import { type SubjectSum, sumBySubject } from '../recording/subjects.ts';

export const writeSpan = (span: number | null | undefined): string => {
  if (span === undefined) return '–';
  if (span === null) return 'not back';
  return span < 10 ? `${Number(span.toFixed(1))} ms` : `${Math.round(span)} ms`;
};

const lineOf = (run: Run): string => {
  const { made, failed } = tally(run.requests);
  const p99 = latenciesOf(run.requests)?.p99;
  const words = [
    `outage ${writeSpan(outageOfRun(run))}`,
    `${failed} of ${made} requests failed`,
    `p99 ${writeSpan(p99)}`,
  ];
  return `${run.subject} ${run.number}: ${run.verdict}, ${words.join(', ')}${run.reason === undefined ? '' : ` (${run.reason})`}`;
};

export const isWhole = ({ runs }: Recording): boolean =>
  runs.length > 0 && runs.every(({ verdict }) => verdict === 'held');

/** Several runs of a subject in sum. */
const sumLine = ({ subject, runs, held, outage, opened, kept }: SubjectSum): string => {
  const spans = [outage?.least, outage?.median, outage?.most].map(writeSpan);
  const words = [
    `${held} of ${runs.length} held`,
    ...(outage === undefined ? [] : [`outage ${spans[0]} to ${spans[2]}, median ${spans[1]}`]),
    ...(opened === 0 ? [] : [`${kept} of ${opened} connections go on`]),
  ];
  return `${subject}: ${words.join(', ')}`;
};

export const summarise = (recording: Recording): string => {
  const { runs, drill } = recording;
  const held = runs.filter(({ verdict }) => verdict === 'held').length;
  const sums = runs.length > 1 ? sumBySubject(runs).map(sumLine) : [];
  return ['', `drill ${drill}: ${held} of ${runs.length} runs held`, ...runs.map(lineOf), ...sums, ''].join('\n');
};
