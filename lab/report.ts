// The lab's final report: a table of the steps and the takeover's timeline, as text or as plain data. Pure.

import type { Paint } from './log.ts';
import type { Tally } from './outage.ts';
import type { Takeover } from './timeline.ts';
import { type LabProfile, realServerNames } from './topology.ts';

export type StepReport = {
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  readonly held: boolean;
  /** How long the step took, in milliseconds. */
  readonly took: number;
  /** As the client saw it, in milliseconds; null if the service did not come back. Absent before the client started. */
  readonly outage?: number | null;
  readonly requests?: Tally;
};

export type TakeoverReport = Takeover & {
  /** The successor's computed master down interval in milliseconds, and its formula. */
  readonly masterDown: number;
  readonly formula: string;
};

export type Report = {
  readonly profile: LabProfile;
  /** The real servers; without them those of the pair. */
  readonly servers?: readonly string[];
  readonly held: boolean;
  /** Wall clock time of the start, ISO 8601. */
  readonly began: string;
  /** In milliseconds. */
  readonly took: number;
  readonly steps: readonly StepReport[];
  readonly takeover?: TakeoverReport;
  /** Machines that did not come up at once and were brought up once more, each with the reason. */
  readonly secondTries?: readonly string[];
};

type Align = 'left' | 'right';

/** Renders rows under headings, each column as wide as its widest cell. Lines have no trailing blanks. */
export const renderTable = (
  headings: readonly string[],
  aligns: readonly Align[],
  rows: readonly string[][],
): string[] => {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const renderRow = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return aligns[column] === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [renderRow(headings), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(renderRow)];
};

/** Formats an outage: `0 ms`, `3612 ms`, `not back`, or empty before the client started. */
export const formatOutage = (outage: number | null | undefined): string => {
  if (outage === undefined) return '';
  return outage === null ? 'not back' : `${Math.round(outage)} ms`;
};

const renderSteps = (steps: readonly StepReport[], servers: readonly string[]): string[] =>
  renderTable(
    ['', 'step', 'held', 'outage', 'requests', 'failed', ...servers, 'took'],
    ['right', 'left', 'left', 'right', 'right', 'right', ...servers.map(() => 'right' as const), 'right'],
    steps.map(({ name, held, outage, requests, took }, index) => [
      String(index + 1),
      name,
      held ? 'yes' : 'NO',
      formatOutage(outage),
      requests === undefined ? '' : String(requests.made),
      requests === undefined ? '' : String(requests.failed),
      ...servers.map((server) => (requests === undefined ? '' : String(requests.answered[server] ?? 0))),
      `${(took / 1000).toFixed(1)} s`,
    ]),
  );

const renderTakeover = (takeover: TakeoverReport): string[] => {
  const { from, to, cut, lastAdvertisement, masterDown, formula } = takeover;
  const origin = lastAdvertisement ?? cut;
  const moments: readonly (readonly [number | undefined, string])[] = [
    [lastAdvertisement, `last advertisement of ${from}`],
    [cut, `${from} cut off`],
    [origin + masterDown, `master down interval of ${to} ends: ${formula}`],
    [takeover.addressAdded, `${to} holds the VIP`],
    [takeover.firstAnnouncement, `first gratuitous ARP of ${to} on the client's network`],
    [takeover.firstAdvertisement, `first advertisement of ${to}`],
    [takeover.firstGoodRequest, 'first request that was answered for good'],
  ];
  const known = moments.flatMap(([time, what]) => (time === undefined ? [] : [{ time, what }]));
  const rows = known
    .sort((one, other) => one.time - other.time)
    .map(({ time, what }) => [`${(time - origin).toFixed(1)} ms`, `${(time - cut).toFixed(1)} ms`, what]);
  const unseen = moments.filter(([time]) => time === undefined).map(([, what]) => ['not seen', '', what]);
  const table = renderTable(
    ['since last adv.', 'since the cut', 'moment'],
    ['right', 'right', 'left'],
    [...rows, ...unseen],
  );
  return [`Takeover of ${to} after the cut of ${from}`, '', ...table];
};

const renderFindings = (steps: readonly StepReport[], paint: Paint): string[] =>
  steps.flatMap(({ name, held, expected, seen }, index) => [
    `${held ? paint('green', '✔') : paint('red', '✘')} ${index + 1}. ${name}`,
    `     expected  ${expected}`,
    `     seen      ${seen}`,
  ]);

/** Renders the report for people. */
export const renderReport = (report: Report, paint: Paint): string => {
  const { profile, servers = realServerNames, steps, held, took, takeover, secondTries = [] } = report;
  const good = steps.filter((step) => step.held).length;
  const verdict = `${good} of ${steps.length} steps held`;
  return [
    '',
    paint('bold', `regent lab, profile ${profile}: ${(took / 1000).toFixed(1)} s`),
    '',
    ...renderFindings(steps, paint),
    '',
    ...renderSteps(steps, servers),
    '',
    ...(takeover === undefined ? [] : [...renderTakeover(takeover), '']),
    ...secondTries.map((what) => `brought up once more: ${what}`),
    held ? paint('green', verdict) : paint('red', verdict),
    '',
  ].join('\n');
};
