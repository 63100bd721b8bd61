// What a drill shows while it runs: steps, the merged log, what it measured, and requests a second.

import type { CheckedBound } from '../recording/recording.ts';
import type { Narrator } from './narrator.ts';

export type Paint = (style: 'bold' | 'green' | 'red' | 'yellow' | 'gray' | 'cyan', text: string) => string;

const clock = (time: number): string => new Date(time).toISOString().slice(11, 23);

const mark = ({ held, text }: CheckedBound, paint: Paint): string =>
  `  ${held ? paint('green', '✔') : paint('red', '✘')} ${text}`;

/**
 * Prints lines as they come. On a terminal the last line is the requests of the last second; else one in five is printed.
 * @param isTerminal whether a line can be drawn again.
 */
export const narrate = (write: (text: string) => void, paint: Paint, isTerminal: boolean): Narrator => {
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
      const servers = Object.entries(answered).map(([server, count]) => `${server} ${count}/s`);
      const line = [...servers, failed > 0 ? paint('red', `failed ${failed}/s`) : 'failed 0/s'].join('  ');
      if (isTerminal) write(`${clear}${line}`);
      else if (seconds % 5 === 0 || failed > 0) print(`${' '.repeat(12)} ${line}`);
    },
  };
};
