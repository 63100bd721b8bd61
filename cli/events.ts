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

export const events = async (socket: string, options: EventsOptions): Promise<void> => {
  const { since, router, server, process: room, follow = false, json, from } = options;
  const subject = options.subject ?? router ?? (server === undefined ? undefined : await serverNamed(server));
  const filter = {
    // `--follow` alone shows only new events.
    ...(since !== undefined ? { since: sinceOf(since) } : follow ? { since: new Date().toISOString() } : {}),
    ...(subject !== undefined && { subject }),
    ...(room !== undefined && { process: room }),
  };
  const draw = json ? (record: LogRecord) => writeRecord(record) : createPainter(paintFor(process.stdout));
  const sources = (from ?? [socket]).map((source) => readSource(source, { filter, follows: follow }));
  const show = (record: LogRecord): void => void process.stdout.write(`${draw(record)}\n`);
  const [only] = sources;
  if (sources.length === 1 && only !== undefined) for await (const record of only) show(record);
  else await mergeByTime(sources, show);
};
