// Runs a suite as a process, its output shown line by line behind the suite's name.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type Outcome, outcomeOf } from './outcome.ts';
import { processorSeconds, type Spent } from './spent.ts';
import type { Suite } from './suites.ts';

export type Say = (line: string) => void;
export type Run = { readonly outcome: Outcome; readonly spent: Spent };

// Seconds since this process began.
const now = (): number => performance.now() / 1000;
// Bash knows what all processes below it have taken, once they have ended.
const withTimes = ['-c', '"$@"; code=$?; times >&3; exit "$code"', 'bash'];

/** @param files those to run; without any, all of the suite's. */
export const runSuite = ({ name, command, isOneTest }: Suite, say: Say, files?: readonly string[]): Promise<Run> =>
  new Promise((resolve) => {
    const began = now();
    const lines: string[] = [];
    let times = '';
    const take = (line: string): void => {
      lines.push(line);
      say(`${name.padEnd(5)} ${line}`);
    };
    const finish = (code: number | null): void => {
      const outcome = outcomeOf(lines, code, isOneTest);
      const spent = { began, took: now() - began, processor: processorSeconds(times) };
      const summary = `${outcome.passed} passed, ${outcome.failed} failed in ${Math.round(spent.took)} s`;
      say(`${name.padEnd(5)} ${summary}`);
      const words = outcome.failed === 0 ? [] : [summary, ...outcome.words];
      resolve({ outcome: { ...outcome, words }, spent });
    };
    const child = spawn('bash', [...withTimes, ...command(files)], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
    const [, output, , timing] = child.stdio;
    if (output instanceof Readable) createInterface({ input: output }).on('line', take);
    if (timing instanceof Readable)
      timing.setEncoding('utf8').on('data', (text) => {
        times += text;
      });
    child.on('error', (error) => {
      take(`cannot run: ${error.message}`);
      finish(null);
    });
    child.on('close', finish);
  });
