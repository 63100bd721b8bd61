// Runs a suite as a process, its output shown line by line behind the suite's name.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Suite } from './suites.ts';

export type Say = (line: string) => void;

/** @param files those to run; without any, all of the suite's. */
export const runSuite = ({ name, command, isOneTest }: Suite, say: Say, files?: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const started = performance.now();
    const lines: string[] = [];
    const take = (line: string): void => {
      lines.push(line);
      say(`${name.padEnd(5)} ${line}`);
    };
    const finish = (code: number | null): void => {
      const outcome = outcomeOf(lines, code, isOneTest);
      const seconds = Math.round((performance.now() - started) / 1000);
      const summary = `${outcome.passed} passed, ${outcome.failed} failed in ${seconds} s`;
      say(`${name.padEnd(5)} ${summary}`);
      resolve(outcome.failed === 0 ? outcome : { ...outcome, words: [summary, ...outcome.words] });
    };
    const [program = '', ...args] = command(files);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', take);
    child.on('error', (error) => {
      take(`cannot run: ${error.message}`);
      finish(null);
    });
    child.on('close', finish);
  });
