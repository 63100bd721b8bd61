// `regent events`: past and new events of one director or of several.

import { parseDuration } from '../base/units.ts';
import { formatRecord, type LogRecord, writeRecord } from '../controller/log/record.ts';
import { type Paint, paintFor } from './columns.ts';
import { readSource } from './event-sources.ts';
import { WrongUsage } from './exit-codes.ts';
import { mergeByTime } from './merge.ts';
import { serverNamed } from './server-name.ts';

export type EventsOptions = {
  readonly since?: string;
  readonly router?: string;
  readonly server?: string;
  readonly subject?: string;
  readonly process?: string;
  readonly follow?: boolean;
  /** The last of the past alone. */
  readonly lines?: string;
  readonly json?: boolean;
  readonly from?: readonly string[];
};

const colours = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const;
const levelColours = { error: 'red', warn: 'yellow' } as const;

/** A duration before now, or a time. @returns ISO 8601. */
const sinceOf = (text: string): string => {
  const span = parseDuration(text);
  const time = span === undefined ? Date.parse(text) : Date.now() - span;
  if (Number.isNaN(time)) throw new WrongUsage(`--since is a duration such as 1h, or a time, not ${text}`);
  return new Date(time).toISOString();
};

const createPainter = (paint: Paint): ((record: LogRecord) => string) => {
  const known: string[] = [];
  return (record) => {
    if (!known.includes(record.director)) known.push(record.director);
    const colour = colours[known.indexOf(record.director) % colours.length] ?? 'cyan';
    const level = record.level === 'error' || record.level === 'warn' ? levelColours[record.level] : undefined;
    const line = paint(colour, formatRecord(record));
    return level === undefined ? line : line.replace(record.level, (word) => paint([level, 'bold'], word));
  };
};

/** The past that `--follow` begins with where nothing else is asked for. */
const usualLines = '10';
const usualPast = 24 * 3_600_000;

const linesOf = (text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new WrongUsage(`--lines is a whole number, not ${text}`);
  return Number(text);
};

/** Shows the records of all sources in one order of time. */
const showMerged = async (
  sources: readonly AsyncIterable<LogRecord>[],
  show: (record: LogRecord) => void,
  follows: boolean,
): Promise<void> => {
  const [only] = sources;
  if (sources.length === 1 && only !== undefined) for await (const record of only) show(record);
  else await mergeByTime(sources, show, follows);
};

export const events = async (socket: string, options: EventsOptions): Promise<void> => {
  const { since, router, server, process: room, follow = false, json, from = [socket], lines } = options;
  const subject = options.subject ?? router ?? (server === undefined ? undefined : await serverNamed(server));
  const wanted = { ...(subject !== undefined && { subject }), ...(room !== undefined && { process: room }) };
  const draw = json ? (record: LogRecord) => writeRecord(record) : createPainter(paintFor(process.stdout));
  const show = (record: LogRecord): void => void process.stdout.write(`${draw(record)}\n`);
  const read = (begin: string | undefined, follows: boolean): AsyncIterable<LogRecord>[] =>
    from.map((source) =>
      readSource(source, { filter: { ...(begin !== undefined && { since: begin }), ...wanted }, follows }),
    );

  const begin = since === undefined ? undefined : sinceOf(since);
  if (lines === undefined && (begin !== undefined || !follow)) return showMerged(read(begin, follow), show, follow);
  // The end of the past first; what comes meanwhile is followed.
  const now = new Date().toISOString();
  const most = linesOf(lines ?? usualLines);
  const past: LogRecord[] = [];
  const keep = (record: LogRecord): void => {
    if (follow && record.timestamp >= now) return;
    past.push(record);
    if (past.length > most) past.shift();
  };
  const day = new Date(Date.now() - usualPast).toISOString();
  await showMerged(read(begin ?? (follow ? day : undefined), false), keep, false);
  for (const record of past) show(record);
  if (follow) await showMerged(read(now, true), show, true);
};
