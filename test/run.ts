// Runs the suites, or those that are named, and ends with one line of all of them together. A suite that cannot run is a failure.
// `npm test` runs what takes some minutes and sees every room; `npm test -- --ci` runs all. One that is named runs alone:
// `node dist/test/run.js vagrant`. Files that failed run once more at the end, alone, and are named: those of pure suites do not.

import { availableParallelism } from 'node:os';
import { closing, filesToTryAgain, type Outcome, type Result, sum } from './runner/outcome.ts';
import { prepareInTurns } from './runner/preparation.ts';
import { type Run, runStep, runSuite, unprepared } from './runner/process.ts';
import { startable } from './runner/schedule.ts';
import { spentTable } from './runner/spent.ts';
import type { Suite } from './runner/suite.ts';
import { always, inCi, suiteOf } from './runner/suites.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs the suites beside each other as the processors bear it, each when what it needs is prepared. */
const runFirst = (suites: readonly Suite[]): Promise<ReadonlyMap<Suite, Run>> =>
  new Promise((resolve) => {
    const runs = new Map<Suite, Run>();
    const running = new Set<Suite>();
    const preparing = new Set(suites);
    const waiting = new Set(suites);
    const end = (suite: Suite, run: Run): void => {
      runs.set(suite, run);
      running.delete(suite);
    };
    const start = (): void => {
      if (runs.size === suites.length) resolve(runs);
      const ready = [...waiting].filter((suite) => !preparing.has(suite));
      // Nor does any preparation run beside what runs alone.
      const candidates = preparing.size === 0 ? ready : ready.filter(({ load }) => load !== 'alone');
      for (const suite of startable(candidates, [...running], availableParallelism())) {
        waiting.delete(suite);
        running.add(suite);
        void runSuite(suite, say).then((run) => {
          end(suite, run);
          start();
        });
      }
    };
    const prepare = prepareInTurns((step) => runStep(step, say));
    for (const suite of suites)
      void prepare(suite.steps ?? []).then((isWell) => {
        preparing.delete(suite);
        if (!isWell) {
          waiting.delete(suite);
          end(suite, unprepared(suite, say));
        }
        start();
      });
  });

/** Has the files that failed run once more, alone: what holds then failed only beside others, or only now and then. */
const tryAgain = async (suite: Suite, first: Outcome): Promise<Result> => {
  const files = suite.isPure ? [] : filesToTryAgain(first);
  if (files.length === 0) return { suite: suite.name, first };
  say(`${suite.name} once more, alone: ${files.join(' ')}`);
  return { suite: suite.name, first, second: (await runSuite(suite, say, files)).outcome };
};

const words = process.argv.slice(2);
const named = words
  .filter((word) => word !== '--ci')
  .map((word) => {
    const suite = suiteOf(word);
    if (suite === undefined) throw new Error(`There is no suite ${word}`);
    return suite;
  });
const unnamed = words.includes('--ci') ? inCi : always;
const wanted = named.length === 0 ? unnamed : named;
// Read by test/prove/extent.ts.
if (wanted === always) process.env.REGENT_TESTS = 'short';
const runs = await runFirst(wanted);
const results: Result[] = [];
for (const [suite, { outcome }] of runs) results.push(await tryAgain(suite, outcome));
say('\nwhere the time went:');
for (const line of spentTable(new Map([...runs].map(([{ name }, { spent }]) => [name, spent])))) say(`  ${line}`);
for (const line of closing(results)) say(line);
process.exitCode = sum(results).failed === 0 ? 0 : 1;
