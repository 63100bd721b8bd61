// Runs a suite, or what it needs before, as a process: its output is shown line by line behind its name.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type Outcome, outcomeOf } from './outcome.ts';
import { processorSeconds, type Spent } from './spent.ts';
import type { Suite } from './suite.ts';

export type Say = (line: string) => void;
type Ended = { readonly code: number | null; readonly lines: readonly string[]; readonly spent: Spent };
export type Run = { readonly outcome: Outcome; readonly spent: Spent };

// Seconds since this process began.
const now = (): number => performance.now() / 1000;
// Bash knows what all processes below it have taken, once they have ended.
const withTimes = ['-c', '"$@"; code=$?; times >&3; exit "$code"', 'bash'];

const run = (command: readonly string[], say: Say): Promise<Ended> =>
  new Promise((resolve) => {
    const began = now();
    const lines: string[] = [];
    let times = '';
    const child = spawn('bash', [...withTimes, ...command], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
    const [, output, , timing] = child.stdio;
    if (output instanceof Readable)
      createInterface({ input: output }).on('line', (line) => {
        lines.push(line);
        say(line);
      });
    if (timing instanceof Readable)
      timing.setEncoding('utf8').on('data', (text) => {
        times += text;
      });
    child.on('error', (error) =>
      resolve({ code: null, lines: [...lines, error.message], spent: { began, took: 0, processor: 0 } }),
    );
    child.on('close', (code) => {
      resolve({ code, lines, spent: { began, took: now() - began, processor: processorSeconds(times) } });
    });
  });

const behind =
  (name: string, say: Say): Say =>
  (line) =>
    say(`${name.padEnd(5)} ${line}`);

/** @param files those to run; without any, all of the suite's. */
export const runSuite = async (
  { name, command, isOneTest, load }: Suite,
  say: Say,
  files?: readonly string[],
): Promise<Run> => {
  // The timers of the others come first.
  const weight = load === 'rest' ? ['nice', '-n', '15'] : [];
  const { code, lines, spent } = await run([...weight, ...command(files)], behind(name, say));
  const outcome = outcomeOf(lines, code, isOneTest);
  const summary = `${outcome.passed} passed, ${outcome.failed} failed in ${Math.round(spent.took)} s`;
  behind(name, say)(summary);
  return { outcome: { ...outcome, words: outcome.failed === 0 ? [] : [summary, ...outcome.words] }, spent };
};

/** A suite whose preparation failed is a failure, too. */
export const unprepared = ({ name }: Suite, say: Say): Run => {
  const words = [`0 passed, 1 failed: what ${name} needs could not be prepared, see set-up`];
  for (const line of words) behind(name, say)(line);
  return { outcome: { passed: 0, failed: 1, failures: [], words }, spent: { began: now(), took: 0, processor: 0 } };
};

/** @returns whether it went well. */
export const runStep = async (step: string, say: Say): Promise<boolean> => {
  const { code, spent } = await run(['bash', '-c', step], behind('set-up', say));
  const end = code === 0 ? 'done' : 'failed';
  behind(
    'set-up',
    say,
  )(`${end} in ${Math.round(spent.took)} s (${Math.round(spent.processor)} s of a processor): ${step}`);
  return code === 0;
};
