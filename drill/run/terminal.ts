// What a drill shows while it runs: steps, the merged log, what it measured, and requests a second.

import type { CheckedBound } from '../recording/recording.ts';
import type { Narrator } from './narrator.ts';

export type Paint = (style: 'bold' | 'green' | 'red' | 'yellow' | 'gray' | 'cyan', text: string) => string;

const clock = (time: number): string => new Date(time).toISOString().slice(11, 23);

const mark = ({ held, text }: CheckedBound, paint: Paint): string =>
  `  ${held ? paint('green', '✔') : paint('red', '✘')} ${text}`;

/** Requests of a second by server, or in sum where that is wider than a line: a line that wraps cannot be drawn again. */
const rateLine = (
  answered: Readonly<Record<string, number>>,
  failed: number,
  width: number,
): readonly [string, string] => {
  const failures = `failed ${failed}/s`;
  const servers = Object.entries(answered).map(([server, count]) => `${server} ${count}/s`);
  const long = [...servers, ''].join('  ');
  if (long.length + failures.length < width) return [long, failures];
  const sum = Object.values(answered).reduce((one, other) => one + other, 0);
  return [`${servers.length} servers ${sum}/s  `, failures];
};

/**
 * Prints lines as they come. On a terminal the last line is the requests of the last second; else one in five is printed.
 * @param width of the terminal, whose line can be drawn again; absent without one.
 */
export const narrate = (write: (text: string) => void, paint: Paint, width?: number): Narrator => {
  const isTerminal = width !== undefined;
  let seconds = 0;
  const made = new Map<number, string>();
  const clear = isTerminal ? '\r\u001b[K' : '';
  const print = (line: string): void => write(`${clear}${line}\n`);
  return {
    onStep: (index, total, name) =>
      print(`\n${paint('bold', index === 0 ? '── steady state' : `── ${index}/${total} ${name}`)}`),
    onChecks: (checks, error) => {
      if (error !== undefined) print(`  ${paint('red', '✘')} ${error}`);
      for (const check of checks) print(mark(check, paint));
    },
    onEvent: (event) => {
      const time = paint('gray', clock(event.time));
      if (event.type === 'log') {
        const subject = event.subject === undefined ? '' : `${event.subject}: `;
        print(`${time} ${paint('cyan', event.by.padEnd(4))} ${event.level.padEnd(5)} ${subject}${event.message}`);
      }
      if (event.type === 'fault') {
        made.set(event.id, event.what);
        print(`${time} ${paint('yellow', `▶ ${event.what}`)}`);
      }
      if (event.type === 'undo') {
        print(`${time} ${paint('yellow', `◀ ${made.get(event.id) ?? 'a fault'}: over`)}`);
        made.delete(event.id);
      }
    },
    onSecond: (answered, failed) => {
      seconds += 1;
      const [rates, failures] = rateLine(answered, failed, width ?? Number.POSITIVE_INFINITY);
      const line = `${rates}${failed > 0 ? paint('red', failures) : failures}`;
      if (isTerminal) write(`${clear}${line}`);
      else if (seconds % 5 === 0 || failed > 0) print(`${' '.repeat(12)} ${line}`);
    },
  };
};
