// The merged log of both directors, one aligned line per event, with the lab's own progress in between.

import { styleText } from 'node:util';

/** A line of regent's JSON log; further keys are shown after the message. */
export type LogEntry = {
  readonly timestamp: string;
  readonly level: string;
  readonly director: string;
  readonly message: string;
  readonly process?: string;
  readonly subject?: string;
};

type Style = Parameters<typeof styleText>[0];
/** Styles text for a terminal, or leaves it plain. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;
export const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** Colours for a terminal; none if output is not a terminal or NO_COLOR is set (https://no-color.org); FORCE_COLOR overrides. */
export const paintFor = (isTerminal: boolean, env: NodeJS.ProcessEnv): Paint => {
  if ((env.NO_COLOR ?? '') !== '') return plain;
  const isForced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0';
  return isTerminal || isForced ? coloured : plain;
};

const directorStyles: Readonly<Record<string, Style>> = { lb0: 'cyan', lb1: 'magenta', lb2: 'blue', lb3: 'yellow' };
const levelStyles: Readonly<Record<string, Style>> = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' };
const shown = ['timestamp', 'level', 'director', 'process', 'subject', 'message', 'event', 'latency'];

export const parseEntry = (line: string): LogEntry | undefined => {
  try {
    const entry: unknown = JSON.parse(line);
    const isEntry = typeof entry === 'object' && entry !== null && 'message' in entry && 'timestamp' in entry;
    return isEntry ? (entry as LogEntry) : undefined;
  } catch {
    return undefined;
  }
};

const renderDetail = (entry: LogEntry): string =>
  Object.entries(entry)
    .filter(([key]) => !shown.includes(key))
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ');

/** Renders one line of a director's output after its name: JSON as aligned columns, anything else verbatim. */
export const renderLine = (line: string, name: string, paint: Paint): string => {
  const director = paint(directorStyles[name] ?? 'cyan', name);
  const entry = parseEntry(line);
  if (entry === undefined) return `${' '.repeat(12)} ${director} ${' '.repeat(5)} ${line}`;
  // The date is always today; the time with milliseconds is compared.
  const time = paint('gray', (entry.timestamp.split('T')[1] ?? entry.timestamp).slice(0, 12).padEnd(12));
  const level = paint(levelStyles[entry.level] ?? 'gray', entry.level.padEnd(5));
  const columns = [(entry.process ?? '').padEnd(11), (entry.subject ?? '').padEnd(18)].join(' ');
  const detail = renderDetail(entry);
  return `${time} ${director} ${level} ${columns} ${entry.message}${detail === '' ? '' : ` ${paint('gray', detail)}`}`;
};

/** Renders the headline of a step. */
export const renderProgress = (number: number, total: number, title: string, paint: Paint): string =>
  `\n${paint('bold', `── ${number}/${total} ${title} ${'─'.repeat(Math.max(3, 100 - title.length))}`)}`;

/** Renders the result of a step. */
export const renderVerdict = (held: boolean, seen: string, paint: Paint): string =>
  `${held ? paint('green', '✔ held') : paint('red', '✘ broken')}  ${seen}`;
